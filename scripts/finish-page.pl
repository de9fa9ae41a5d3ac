# Run by trunk after each build: makes one file of all style sheets, which together weigh less, and
# puts the hashes of the page's own inline scripts into its content security policy, so that no
# other script runs. Perl, because every system with Git has it.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex sha256_base64);

my $folder = $ENV{TRUNK_STAGING_DIR};
my $html = contents('index.html');

# `trunk serve` writes its address into its script as it serves it, which would change the hash.
$html =~ s/(['`])\{\{__TRUNK_ADDRESS__\}\}\1/location.host/g;
$html =~ s/\{\{__TRUNK_WS_BASE__\}\}/\//g;

my ($base, $styles) = ('', '');
while ($html =~ s/<link(?=[^>]*\bstylesheet\b)[^>]*\bhref=["']?([^"'\s>]*?)([^"'\s>\/]+\.css)[^>]*>\s*/STYLES/) {
    $base = $1;
    $styles .= contents($2) . "\n";
    unlink "$folder/$2";
}
my $name = 'style-' . substr(sha1_hex($styles), 0, 16) . '.css';
$html =~ s/STYLES/<link rel="stylesheet" href="$base$name">/ or die "the page has no style\n";
$html =~ s/STYLES//g;

my @hashes;
while ($html =~ m{<script(?:\s[^>]*)?>(.+?)</script>}gs) {
    my $hash = sha256_base64($1);
    push @hashes, "'sha256-" . $hash . '=' x (-length($hash) % 4) . "'";
}
@hashes or die "the page has no inline script\n";
$html =~ s/'wasm-unsafe-eval'/'wasm-unsafe-eval' @hashes/ or die "the page has no policy\n";

write_file($name, $styles);
write_file('index.html', $html);

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
