// Judges what simctl exported, by Kafka's own classes. One argument: a folder with one folder per export, each with
// `data` (a broker's directory), `dump.txt` (what simctl dump prints of it) and `records.json` (one JSON a line, of
// simctl dump --json). `check` makes it.

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.*;
import java.util.stream.Stream;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.tools.DumpLogSegments;

public class Referee {
    static final PrintStream OUT = System.out;
    static int faults = 0;

    public static void main(String[] args) {
        try {
            judge(Path.of(args[0]).toAbsolutePath());
        } catch (Throwable thrown) {
            thrown.printStackTrace();
            fault("the judge stopped at " + thrown);
        }
        OUT.flush();
        // Threads of the broker's classes would keep the process.
        Runtime.getRuntime().halt(faults == 0 ? 0 : 1);
    }

    static void judge(Path work) throws Exception {
        List<Path> exports = list(work).stream().filter(path -> Files.isDirectory(path.resolve("data"))).toList();
        int files = 0;
        for (Path export : exports) files += readByKafkasTool(export);
        OUT.printf("Kafka's DumpLogSegments read %d files of %d exports.%n", files, exports.size());
        int records = new Broker(work.resolveSibling("kafka")).serves(exports);
        OUT.printf("A real broker served %d records out of them.%n", records);
        if (files == 0 || records == 0) fault("There was nothing to judge.");
    }

    static void fault(String what) {
        faults++;
        OUT.println("Fault: " + what);
    }

    static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.sorted().toList();
        }
    }

    /** Every partition's folder, but those of a broker's own topics. */
    static List<Path> partitions(Path export, boolean own) throws IOException {
        return list(export.resolve("data")).stream()
            .filter(path -> Files.isDirectory(path) && (own || !path.getFileName().toString().startsWith("__"))).toList();
    }

    // Kafka's tool.

    static int readByKafkasTool(Path export) throws IOException {
        List<String> all = new ArrayList<>();
        for (String line : Files.readAllLines(export.resolve("dump.txt"))) {
            if (line.startsWith("Dumping ")) all.add(line.substring("Dumping ".length()));
        }
        String ours = Files.readString(export.resolve("dump.txt"));
        compare(export.getFileName() + ", dump", ours, tool(all, "--deep-iteration", "--print-data-log"));
        List<String> indexes = all.stream().filter(name -> name.endsWith("index") && !name.endsWith("txnindex")).toList();
        for (String option : List.of("--index-sanity-check", "--verify-index-only")) {
            for (String line : tool(indexes, option).split("\n")) {
                boolean good = line.startsWith("Dumping ") || line.endsWith(" passed sanity check.") || line.endsWith(" is empty.");
                if (!good) fault(export.getFileName() + ", " + option + ": " + line);
            }
        }
        return all.size();
    }

    static String tool(List<String> files, String... options) {
        var printed = new ByteArrayOutputStream();
        var warned = new ByteArrayOutputStream();
        PrintStream err = System.err;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(warned, true, StandardCharsets.UTF_8));
        try {
            List<String> words = new ArrayList<>(List.of(options));
            words.addAll(List.of("--files", String.join(",", files)));
            DumpLogSegments.main(words.toArray(new String[0]));
        } catch (Throwable thrown) {
            fault("DumpLogSegments " + String.join(" ", options) + " threw " + thrown);
        } finally {
            System.setOut(OUT);
            System.setErr(err);
        }
        judgeWarnings(warned.toString(StandardCharsets.UTF_8).lines().toList());
        return printed.toString(StandardCharsets.UTF_8);
    }

    // It counts from -1 in each file, and so complains of every file that doesn't begin at 0; and of the gaps that a cleaner
    // leaves.
    static void judgeWarnings(List<String> lines) {
        String gapsIn = "Non-consecutive offsets in ";
        boolean isCleaned = false;
        for (String line : lines) {
            if (line.startsWith(gapsIn)) isCleaned = wasCleaned(Path.of(line.substring(gapsIn.length()).trim()));
            else if (!line.startsWith("  -1 is followed by ") && !(isCleaned && line.contains(" is followed by ")))
                fault("DumpLogSegments warned: " + line);
        }
    }

    // Whether the broker's checkpoint says that a cleaner was in the log of this file.
    static boolean wasCleaned(Path file) {
        String folder = file.getParent().getFileName().toString();
        int dash = folder.lastIndexOf('-');
        String entry = folder.substring(0, dash) + " " + folder.substring(dash + 1) + " ";
        try {
            Path checkpoint = file.getParent().resolveSibling("cleaner-offset-checkpoint");
            return Files.readAllLines(checkpoint).stream().anyMatch(line -> line.startsWith(entry));
        } catch (IOException missing) {
            fault(missing.toString());
            return false;
        }
    }

    static void compare(String where, String ours, String kafkas) {
        if (ours.equals(kafkas)) return;
        List<String> one = ours.lines().toList(), other = kafkas.lines().toList();
        for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
            String a = i < one.size() ? one.get(i) : "(no more)", b = i < other.size() ? other.get(i) : "(no more)";
            if (!a.equals(b)) {
                fault(where + ", line " + (i + 1) + "\n  simctl " + a + "\n  Kafka  " + b);
                return;
            }
        }
        fault(where + ": line ends differ");
    }

    // A broker.

    static class Broker {
        final Path folder, data;
        final Map<String, Object> settings = new HashMap<>();
        final String bootstrap;

        Broker(Path folder) throws IOException {
            this.folder = folder;
            data = folder.resolve("data");
            // What is left of the run before stays until now, for who wants to look at it.
            org.apache.kafka.common.utils.Utils.delete(folder.toFile());
            Files.createDirectories(folder);
            int broker = freePort(), controller = freePort();
            bootstrap = "127.0.0.1:" + broker;
            settings.put("node.id", "1");
            settings.put("process.roles", "broker,controller");
            settings.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
            settings.put("controller.listener.names", "CONTROLLER");
            settings.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
            settings.put("listeners", "PLAINTEXT://" + bootstrap + ",CONTROLLER://127.0.0.1:" + controller);
            settings.put("advertised.listeners", "PLAINTEXT://" + bootstrap);
            settings.put("log.dirs", data.toString());
            settings.put("offsets.topic.replication.factor", "1");
            // Records with timestamps of 1970 are not to go before they are read.
            settings.put("log.retention.ms", "-1");
        }

        static int freePort() throws IOException {
            try (var socket = new java.net.ServerSocket(0)) {
                return socket.getLocalPort();
            }
        }

        /** Lets the broker serve the exports' partitions under names of their own. */
        int serves(List<Path> exports) throws Exception {
            var properties = new Properties();
            properties.putAll(settings);
            Path file = folder.resolve("server.properties");
            try (var out = Files.newOutputStream(file)) {
                properties.store(out, null);
            }
            String[] format = {"format", "--cluster-id", Uuid.randomUuid().toString(), "--config", file.toString()};
            if (kafka.tools.StorageTool.execute(format, new PrintStream(new ByteArrayOutputStream())) != 0) {
                throw new IOException("the broker's folder can't be formatted");
            }
            Map<String, Integer> topics = new TreeMap<>();
            for (Path export : exports) {
                for (Path partition : partitions(export, false)) {
                    topics.merge(topic(partition, export), 1 + Integer.parseInt(number(partition).substring(1)), Integer::max);
                }
            }
            var first = start();
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
                // Indexes of any interval; batches keep their codec.
                admin.createTopics(topics.entrySet().stream().map(topic -> new NewTopic(topic.getKey(), topic.getValue(), (short) 1)).toList()).all().get();
            }
            stop(first);
            for (Path export : exports) {
                for (Path partition : partitions(export, false)) replaceFiles(partition, data.resolve(topic(partition, export) + number(partition)));
            }
            var second = start();
            int records = 0;
            for (Path export : exports) records += compareRecords(export);
            stop(second);
            return records;
        }

        kafka.server.KafkaRaftServer start() {
            var server = new kafka.server.KafkaRaftServer(new kafka.server.KafkaConfig(settings, false), Time.SYSTEM);
            server.startup();
            return server;
        }

        static void stop(kafka.server.KafkaRaftServer server) {
            server.shutdown();
            server.awaitShutdown();
        }

        static String number(Path partition) {
            String name = partition.getFileName().toString();
            return name.substring(name.lastIndexOf('-'));
        }

        static String topic(Path partition, Path export) {
            String name = partition.getFileName().toString();
            return export.getFileName() + "." + name.substring(0, name.lastIndexOf('-'));
        }

        /** All but the topic's id, by which a broker knows its own folders. */
        static void replaceFiles(Path from, Path to) throws IOException {
            for (Path file : list(to)) {
                if (!file.endsWith("partition.metadata")) Files.delete(file);
            }
            for (Path file : list(from)) {
                if (!file.endsWith("partition.metadata")) Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }

        int compareRecords(Path export) throws Exception {
            Map<TopicPartition, List<String>> expected = new TreeMap<>(Comparator.comparing(TopicPartition::toString));
            for (String line : Files.readAllLines(export.resolve("records.json"))) {
                JsonNode log = new ObjectMapper().readTree(line);
                Path partition = Path.of(log.get("file").asText()).getParent();
                if (partition.getFileName().toString().startsWith("__")) continue;
                var key = new TopicPartition(topic(partition, export), Integer.parseInt(number(partition).substring(1)));
                List<String> records = expected.computeIfAbsent(key, any -> new ArrayList<>());
                for (JsonNode batch : log.get("batches")) {
                    if (batch.get("is_control").asBoolean()) continue;
                    for (JsonNode record : batch.get("records")) records.add(text(batch, record));
                }
            }
            int count = 0;
            Map<String, Object> config = Map.of("bootstrap.servers", bootstrap, "enable.auto.commit", "false");
            try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                consumer.assign(expected.keySet());
                consumer.seekToBeginning(expected.keySet());
                Map<TopicPartition, List<String>> got = new HashMap<>();
                var ends = consumer.endOffsets(expected.keySet());
                long limit = System.nanoTime() + Duration.ofSeconds(30).toNanos();
                while (System.nanoTime() < limit && ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                    for (var record : consumer.poll(Duration.ofMillis(200))) {
                        got.computeIfAbsent(new TopicPartition(record.topic(), record.partition()), any -> new ArrayList<>()).add(text(record));
                    }
                }
                for (var partition : expected.entrySet()) {
                    String ours = String.join("\n", partition.getValue());
                    compare(partition.getKey() + ", records", ours, String.join("\n", got.getOrDefault(partition.getKey(), List.of())));
                    count += partition.getValue().size();
                }
            }
            return count;
        }

        static String text(JsonNode batch, JsonNode record) {
            var headers = new StringJoiner(",");
            for (JsonNode header : record.get("headers")) headers.add(header.get(0).asText() + "=" + header.get(1).asText());
            return record.get("offset").asLong() + " epoch " + batch.get("leader_epoch").asInt() + " " + batch.get("timestamp_type").asText() + " "
                + record.get("timestamp").asLong() + " " + record.get("key").asText() + ":" + record.get("value").asText() + " " + headers;
        }

        static String text(ConsumerRecord<byte[], byte[]> record) {
            var headers = new StringJoiner(",");
            for (Header header : record.headers()) headers.add(header.key() + "=" + hex(header.value()));
            return record.offset() + " epoch " + record.leaderEpoch().orElse(-1) + " " + record.timestampType() + " "
                + record.timestamp() + " " + hex(record.key()) + ":" + hex(record.value()) + " " + headers;
        }

        static String hex(byte[] bytes) {
            return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
        }
    }
}
