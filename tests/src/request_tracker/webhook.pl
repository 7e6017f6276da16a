# Enters the scrip that the desk's settings give, as whoever runs Request Tracker does.
use strict;
use warnings;
use lib '/usr/local/share/request-tracker5/lib', '/usr/share/request-tracker5/lib';
use RT -init;

my ( $address, $secret, $code ) = @ARGV;
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
