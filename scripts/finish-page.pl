# Run by trunk after each build: makes one file of all style sheets, which together weigh less, and
# puts the hashes of the page's own inline scripts into its content security policy, so that no
# other script runs. A release is split and packed, too: see start.js. Perl, because every system with Git has it.
use strict;
use warnings;
use Cwd qw(realpath);
use Digest::SHA qw(sha1_hex sha256_base64);
use File::Basename qw(dirname);

my $folder = $ENV{TRUNK_STAGING_DIR};
my @PASSES = qw(-O2 --one-caller-inline-max-function-size=0 --flexible-inline-max-function-size=0 --dealign
  --reorder-functions-by-name --strip-debug);
my $html = contents('index.html');

# `trunk serve` writes its address into its script as it serves it, which would change the hash.
$html =~ s/(['`])\{\{__TRUNK_ADDRESS__\}\}\1/location.host/g;
$html =~ s/\{\{__TRUNK_WS_BASE__\}\}/\//g;

my $is_release = ($ENV{TRUNK_PROFILE} // '') eq 'release';
# A release's windows are dressed when the rest of the program comes.
my $of_windows = $is_release ? qr/^(?:bytes|dialog|menu|palette)-/ : qr/^$/;
my ($base, $styles, $later_styles) = ('', '', '');
while ($html =~ s/<link(?=[^>]*\bstylesheet\b)[^>]*\bhref=["']?([^"'\s>]*?)([^"'\s>\/]+\.css)[^>]*>\s*/STYLES/) {
    $base = $1;
    my $file = $2;
    ($file =~ $of_windows ? $later_styles : $styles) .= contents($file) . "\n";
    unlink "$folder/$file";
}
my $name = styles_file('style', $styles);
$html =~ s/STYLES/<link rel="stylesheet" href="$base$name">/ or die "the page has no style\n";
$html =~ s/STYLES//g;

my $avro = bundle_avro();
$html =~ s/\bdata-avro=["']?[^"'\s>]*["']?/data-avro="$base$avro"/ or die "the page names no Avro library\n";

pack_program() if $is_release;

my @hashes;
while ($html =~ m{<script(?:\s[^>]*)?>(.+?)</script>}gs) {
    my $hash = sha256_base64($1);
    push @hashes, "'sha256-" . $hash . '=' x (-length($hash) % 4) . "'";
}
$html =~ s/'wasm-unsafe-eval'/join ' ', $&, @hashes/e or die "the page has no policy\n";

write_file('index.html', $html);

# Splits the program, packs its parts and makes one small file of all that starts it.
sub pack_program {
    my ($glue) = $html =~ m{import init[^;]*?from ['"][^'"]*?([^'"/]+\.js)['"]}
      or die "the page starts no program\n";
    my ($program) = $html =~ m{module_or_path: ['"][^'"]*?([^'"/]+\.wasm)['"]}
      or die "the page names no program\n";
    my $scripts = dirname(realpath($0));
    my $binaryen = dirname(realpath(find_program('wasm-opt'))) . '/../index.js';
    my @split = ('node', "$scripts/split-program.mjs", $binaryen);
    run(@split, "$folder/$program", "$scripts/codecs.txt", 2, "$folder/first.wasm", "$folder/codecs.wasm");
    run(@split, "$folder/first.wasm", "$scripts/later.txt", 1, "$folder/first.wasm", "$folder/rest.wasm");
    unlink "$folder/$program";
    my $decoder = dirname(realpath(find_program('esbuild'))) . '/../../lzma1/lib';
    my $start = bundle('start', "--alias:page-glue=$folder/$glue",
      "--alias:lzma-decoder=$decoder/decoder.js", "--alias:lzma-streams=$decoder/streams.js",
      '--define:WINDOWS="' . styles_file('rest', $later_styles) . '"', map { pack_part($_) } qw(first rest codecs));
    unlink "$folder/$glue";
    $html =~ s{<script type="?module"?>import init.*?</script>}{<script type="module" src="$base$start"></script>}s
      or die "the page has no start script\n";
    $html =~ s{<link[^>]*\b\Q$glue\E[^>]*>}{};
    $html =~ s{<link[^>]*\b\Q$program\E[^>]*>}{};
}

# Writes style sheets into one file; gives its name.
sub styles_file {
    my ($name, $styles) = @_;
    write_file("$name.css", $styles);
    return rename_by_contents("$name.css");
}

# Packs a part of the program; gives what tells the start script its file's name and how many bytes it
# unpacks to.
sub pack_part {
    my ($name) = @_;
    my $part = "$folder/$name.wasm";
    # Once more in each part, and without the names that told what to split.
    run(find_program('wasm-opt'), $part, '-o', $part, @PASSES);
    my $streams = "$part.parts";
    run('node', dirname(realpath($0)) . '/pack-program.mjs', $part, $streams);
    my $size = -s $streams;
    unlink $part;
    # Which of these makes the smallest file changes with every program.
    my @packed;
    for my $settings ('lc=1', 'lc=1,nice=40', 'lc=1,nice=100', 'lc=2', 'lc=2,nice=64') {
        my $suffix = '.' . @packed;
        run('xz', '--keep', '--format=lzma', "--suffix=$suffix", "--lzma1=preset=9e,pb=0,$settings", $streams);
        push @packed, "$streams$suffix";
    }
    @packed = sort { -s $a <=> -s $b } @packed;
    rename shift(@packed), "$streams.lzma" or die "can't rename the packed $name: $!";
    unlink $streams, @packed;
    my $packed = rename_by_contents("$name.wasm.parts.lzma");
    return '--define:' . uc($name) . "=[\"$packed\",$size]";
}

# Makes one file of the Avro library and of the worker around it, fetched by who writes Avro.
sub bundle_avro {
    my $packages = dirname(realpath(find_program('esbuild'))) . '/../..';
    my $avsc = "$packages/avsc/etc/browser";
    return bundle('avro', "--alias:avsc-types=$avsc/avsc-types.js", "--alias:crypto=$avsc/lib/crypto.js",
      "--alias:buffer=$packages/buffer/index.js", '--alias:util=' . dirname(realpath($0)) . '/avro-util.cjs');
}

# Makes one file of a script beside this one and of all that it imports; gives the name of the file.
sub bundle {
    my ($name, @settings) = @_;
    run(find_program('esbuild'), dirname(realpath($0)) . "/$name.js", '--bundle', '--minify',
      '--format=esm', '--target=es2022', '--log-level=error', "--outfile=$folder/$name.js", @settings);
    return rename_by_contents("$name.js");
}

# Puts into a file's name what it holds, so that no cache gives an older one; gives the new name.
sub rename_by_contents {
    my ($file) = @_;
    my ($name, $kind) = $file =~ /(.*?)(\..*)/;
    my $final = "$name-" . substr(sha1_hex(contents($file)), 0, 16) . $kind;
    rename "$folder/$file", "$folder/$final" or die "$final: $!\n";
    return $final;
}

sub find_program {
    my ($name) = @_;
    for my $place (split /:/, $ENV{PATH}) {
        return "$place/$name" if -x "$place/$name";
    }
    die "$name is missing: ./scripts/build installs it\n";
}

sub run {
    system(@_) == 0 or die "@_ failed\n";
}

sub contents {
    open my $file, '<', "$folder/$_[0]" or die "$folder/$_[0]: $!\n";
    local $/;
    return <$file>;
}

sub write_file {
    open my $file, '>', "$folder/$_[0]" or die "$folder/$_[0]: $!\n";
    print $file $_[1];
    close $file or die "$folder/$_[0]: $!\n";
}
