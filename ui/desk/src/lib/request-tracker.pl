# Tells Cloakroom of a change of status, signed so that the relay in between can say nothing of its own.
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
