# A queue, an agent, a customer, and a token for each, by Request Tracker's own interface. Prints the tokens.
use strict;
use warnings;
use lib '/usr/local/share/request-tracker5/lib', '/usr/share/request-tracker5/lib';
use RT -init;

sub right {
    my ( $ok, $why ) = @_;
    die "$why\n" unless $ok;
    return;
}

my $queue = RT::Queue->new( RT->SystemUser );
right( $queue->Create( Name => 'Support' ) );

my $requestor = RT::Group->new( RT->SystemUser );
$requestor->LoadRoleGroup( Object => $RT::System, Name => 'Requestor' );
right( $requestor->PrincipalObj->GrantRight( Right => $_, Object => $queue ) ) for qw(ShowTicket ReplyToTicket);

# Far from UTC: queries read times in the time zone of whoever asks.
my %rights = (
    agent => [
        qw(SeeQueue ShowTicket ShowTicketComments CreateTicket CommentOnTicket ReplyToTicket ModifyTicket
            DeleteTicket OwnTicket)
    ],
    customer => [],
);
for my $name ( sort keys %rights ) {
    my $user = RT::User->new( RT->SystemUser );
    right(
        $user->Create(
            Name         => $name,
            EmailAddress => "$name\@cloakroom.test",
            Privileged   => $name eq 'agent',
            Timezone     => 'America/New_York',
        )
    );
    right( $user->PrincipalObj->GrantRight( Right => 'ManageAuthTokens', Object => $RT::System ) );
    right( $user->PrincipalObj->GrantRight( Right => $_, Object => $queue ) ) for @{ $rights{$name} };
    my $token = RT::AuthToken->new( RT::CurrentUser->new($user) );
    my ( $ok, $why, $text ) = $token->Create( Owner => $user->id, Description => 'Cloakroom' );
    right( $ok, $why );
    print "$name $text\n";
}
