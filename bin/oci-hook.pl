# The client of the resident agent for `ringwall oci-hook`, in the Perl of Debian's perl-base: it
# needs a tenth of the CPU time of a client in Java. bin/ringwall runs it where an agent listens. It
# loads no module, so constants of Linux's interface are written as numbers.
#
#   perl oci-hook.pl RINGWALL oci-hook ARGUMENT...
#
# It sends the state of a container from standard input to the agent, as HookMain does. Whatever it
# does not understand, and each failure, is left to Java, which RINGWALL starts with the same words
# and input: an agent's failure with its reason in RINGWALL_HOOK_FAILURE.
use strict;
use warnings;

$| = 1;

my ($ringwall, @words) = @ARGV;
my %option = ('--agent' => 'auto', '--socket' => '/run/ringwall-agent/agent.sock', '--timeout' => 10);
my @command = ('oci-hook');
my $largest = 1 << 20;
my $state;

# Starts Java with the same words, and with the state on standard input if that was read already.
sub leave_to_java {
    my ($failure) = @_;
    # A timer and an ignored signal would stay for Java.
    alarm 0;
    $SIG{PIPE} = 'DEFAULT';
    $ENV{RINGWALL_HOOK} = 'java';
    if (defined $failure) { $ENV{RINGWALL_HOOK_FAILURE} = $failure } else { delete $ENV{RINGWALL_HOOK_FAILURE} }
    if (defined $state) {
        pipe(my $in, my $out) or die "ringwall: no pipe: $!\n";
        my $child = fork;
        die "ringwall: no process: $!\n" unless defined $child;
        if (!$child) {
            close $in;
            $SIG{PIPE} = 'IGNORE';
            print {$out} $state;
            close $out;
            require POSIX;
            POSIX::_exit(0);
        }
        close $out;
        open STDIN, '<&', $in or die "ringwall: no standard input: $!\n";
    }
    exec { $ringwall } $ringwall, @words;
    die "ringwall: cannot start $ringwall: $!\n";
}

sub json {
    my ($text) = @_;
    $text =~ s/([\\"])/\\$1/g;
    $text =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
    return qq("$text");
}

my %escape = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");

# Returns a string of a reply as bytes.
sub text {
    my ($json) = @_;
    $json =~ s{\\(?:u([0-9a-fA-F]{4})|(.))}{
        my $c = defined $1 ? chr hex $1 : exists $escape{$2} ? $escape{$2} : $2;
        utf8::encode($c);
        $c;
    }ge;
    return $json;
}

for (my $i = 1; $i < @words; $i++) {
    my $word = $words[$i];
    if ($word !~ /^-/) {
        push @command, $word;
        next;
    }
    my ($name, $value) = $word =~ /^(--[a-z]+)=(.*)$/s ? ($1, $2) : ($word, $words[++$i]);
    leave_to_java() unless defined $value && exists $option{$name};
    $option{$name} = $value;
}
leave_to_java()
    unless $option{'--agent'} =~ /\A(?:auto|required)\z/
    && $option{'--socket'} =~ m{\A/[^\0]{1,106}\z}s
    && $option{'--timeout'} =~ /\A[1-9][0-9]{0,3}\z/
    && $option{'--timeout'} <= 3600;

# AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC; struct sockaddr_un. The socket closes with the process, and
# Java connects again if this does not succeed.
my $client;
socket($client, 1, 1 | 0x80000, 0) or leave_to_java();
$SIG{ALRM} = sub { leave_to_java("it has not answered within $option{'--timeout'} s") };
$SIG{PIPE} = 'IGNORE';
alarm $option{'--timeout'};
connect($client, pack 'S a*', 1, "$option{'--socket'}\0") or leave_to_java();

# SOL_SOCKET, SO_PEERCRED: struct ucred. A server of another user could report success.
my (undef, $uid) = unpack 'l L L', getsockopt($client, 1, 17) || leave_to_java();
leave_to_java() unless $uid == $>;

binmode STDIN;
$state = '';
while (length $state <= $largest) {
    my $count = sysread STDIN, $state, 1 << 16, length $state;
    leave_to_java() unless defined $count;
    last if $count == 0;
}
my $copy = $state;
my $request = '{"version":1,"command":[' . join(',', map { json($_) } @command) . '],"input":' . json($state) . "}\n";
leave_to_java() if length $request > $largest || !utf8::decode($copy);

# The server may refuse a connection without reading, with a reason that can be read.
my $sent = 0;
while ($sent < length $request) {
    my $count = syswrite $client, $request, length($request) - $sent, $sent;
    last unless defined $count;
    $sent += $count;
}
my $reply = '';
while ($reply !~ /\n\z/) {
    my $count = sysread $client, $reply, 1 << 16, length $reply;
    last unless $count;
    leave_to_java('its answer is too long') if length $reply > 4 << 20;
}
alarm 0;
my $string = qr/"((?:[^"\\]|\\.)*)"/s;
if ($reply =~ /\A\{"version":1,"code":(-?[0-9]+),"out":$string,"err":$string\}\n\z/) {
    my ($code, $out, $err) = ($1, $2, $3);
    print STDOUT text($out);
    print STDERR text($err);
    exit $code;
}
if ($reply =~ /\A\{"version":1,"error":$string\}\n\z/) {
    leave_to_java(text($1));
}
leave_to_java(
    $reply eq ''
    ? 'it has closed the connection before its answer'
    : $reply =~ /\A\{"version":([0-9]+)/ && $1 ne '1'
    ? "the other side has version $1 of the protocol, not 1"
    : 'its answer has no exit code');
