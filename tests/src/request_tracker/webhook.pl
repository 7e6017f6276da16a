# A scrip that tells an address of every change of status, signed as Cloakroom's generic hook is.
use strict;
use warnings;
use lib '/usr/local/share/request-tracker5/lib', '/usr/share/request-tracker5/lib';
use RT -init;

my ( $address, $secret ) = @ARGV;
my $code = <<'CODE';
use Digest::SHA ();
use JSON ();
use LWP::UserAgent ();
my %state = ( resolved => 'closed', rejected => 'closed', deleted => 'closed' );
my $body = JSON::encode_json( {
    ticket => $self->TicketObj->id,
    state  => $state{ $self->TicketObj->Status } || 'open',
} );
my $time = time;
my $signature = Digest::SHA::hmac_sha256_hex( "cloakroom/v1/hook\0$time.$body", '@SECRET@' );
my $answer = LWP::UserAgent->new( timeout => 5 )->post(
    '@ADDRESS@',
    'Content-Type'          => 'application/json',
    'X-Cloakroom-Timestamp' => $time,
    'X-Cloakroom-Signature' => "v1=$signature",
    Content                 => $body,
);
RT->Logger->error( 'Cloakroom: ' . $answer->status_line ) unless $answer->is_success;
return 1;
CODE
$code =~ s/\@ADDRESS\@/$address/;
$code =~ s/\@SECRET\@/$secret/;

my $scrip = RT::Scrip->new( RT->SystemUser );
my ( $ok, $why ) = $scrip->Create(
    Description       => 'Tell Cloakroom',
    Queue             => 0,
    ScripCondition    => 'On Status Change',
    ScripAction       => 'User Defined',
    Template          => 'Blank',
    CustomPrepareCode => 'return 1;',
    CustomCommitCode  => $code,
);
die "$why\n" unless $ok;
