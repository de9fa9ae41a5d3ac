# Run by trunk after each build: puts the hashes of the page's own inline scripts into its content
# security policy, so that no other script runs. Perl, because every system with Git has it.
use strict;
use warnings;
use Digest::SHA 'sha256_base64';

my $path = "$ENV{TRUNK_STAGING_DIR}/index.html";
open my $in, '<', $path or die "$path: $!\n";
my $html = do { local $/; <$in> };
close $in;

# `trunk serve` writes its address into its script as it serves it, which would change the hash.
$html =~ s/(['`])\{\{__TRUNK_ADDRESS__\}\}\1/location.host/g;
$html =~ s/\{\{__TRUNK_WS_BASE__\}\}/\//g;

my @hashes;
while ($html =~ m{<script(?:\s[^>]*)?>(.+?)</script>}gs) {
    my $hash = sha256_base64($1);
    push @hashes, "'sha256-" . $hash . '=' x (-length($hash) % 4) . "'";
}
@hashes or die "$path has no inline script\n";
$html =~ s/'wasm-unsafe-eval'/'wasm-unsafe-eval' @hashes/ or die "$path has no policy\n";

open my $out, '>', $path or die "$path: $!\n";
print $out $html;
close $out or die "$path: $!\n";
