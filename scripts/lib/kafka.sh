# Kafka's own tool, a real broker and other people's clients, as judges of the files that simctl exports.
#
# All that they need is kept in target/referee; the jars also in Maven's own folder.

referee_folder() {
  echo "$ROOT/target/referee"
}

# A JDK, because Referee.java is run from its source.
need_kafka() {
  if ! has_jdk || ! command -v mvn >/dev/null; then
    stage "Installing a JDK and Maven" "1 minute" debian_install default-jdk-headless maven
  fi
  is_kept libs/pom.xml referee/pom.xml || stage "Fetching Kafka's jars" "30 s" fetch_kafka
}

has_jdk() {
  command -v java >/dev/null && java --list-modules | grep -q '^jdk.compiler@'
}

fetch_kafka() {
  rm -rf "$(referee_folder)/libs"
  mvn --quiet --batch-mode -f "$ROOT/referee/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$(referee_folder)/libs"
  cp "$ROOT/referee/pom.xml" "$(referee_folder)/libs/"
}

need_kafka_clients() {
  python3 -c 'import ensurepip' 2>/dev/null ||
    stage "Installing Python" "20 s" debian_install python3 python3-venv
  is_kept venv/requirements.txt referee/clients/requirements.txt ||
    stage "Installing kafka-python" "10 s" install_kafka_python
  command -v npm >/dev/null || stage "Installing npm" "1 minute" debian_install npm
  is_kept kafkajs/package-lock.json referee/clients/package-lock.json ||
    stage "Installing kafkajs" "5 s" install_kafkajs
}

install_kafka_python() {
  local venv
  venv=$(referee_folder)/venv
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    -r "$ROOT/referee/clients/requirements.txt"
  cp "$ROOT/referee/clients/requirements.txt" "$venv/"
}

# The list comes last: only a whole installation counts as one.
install_kafkajs() {
  local folder
  folder=$(referee_folder)/kafkajs
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$ROOT/referee/clients/package.json" "$ROOT/referee/clients/package-lock.json" "$folder/"
  npm ci --silent --no-audit --no-fund --prefix "$folder" || {
    rm -rf "$folder"
    return 1
  }
}

# Whether what was installed belongs to the list in the repository.
is_kept() {
  cmp -s "$(referee_folder)/$1" "$ROOT/$2"
}

# The program and what it exports, for both judges.
export_for_referee() {
  cargo build --release --quiet --locked --no-default-features --bin simctl
  rm -rf "$(referee_folder)/exports"
  mkdir -p "$(referee_folder)/exports"
  "$ROOT/referee/export" "$(built_simctl)" "$(referee_folder)/exports"
}

built_simctl() {
  echo "${CARGO_TARGET_DIR:-$ROOT/target}/release/simctl"
}

judge_by_kafka() {
  java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m -Dfile.encoding=UTF-8 \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=error \
    -cp "$(referee_folder)/libs/*" "$ROOT/referee/Referee.java" "$(referee_folder)/exports"
}

judge_by_clients() {
  local simctl exports
  simctl=$(built_simctl)
  exports=$(referee_folder)/exports
  "$(referee_folder)/venv/bin/python" "$ROOT/referee/clients/kafka_python.py" "$simctl" "$exports"
  node "$ROOT/referee/clients/kafkajs.cjs" "$simctl" "$exports" "$(referee_folder)/kafkajs/node_modules"
}
