// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.bpf.kernel.AddressCall;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.DeviceAccess;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.bpf.kernel.DeviceNumbers;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.api.AddressBytes;
import org.ringwall.loader.model.InputException;
import org.ringwall.machine.Context;
import org.ringwall.machine.Sysctl;

/**
 * A system call in the syntax of the tests of policies (docs/language.md, "Tests").
 *
 * @param text the probe as written
 * @param attempts the hooks that the system call invokes, in their order
 * @param as the attributes of the caller that the probe gives
 * @param notes sentences about assumptions
 */
public record Probe(String text, List<Attempt> attempts, Caller.Identity as, List<String> notes) {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final Pattern ENDPOINT = Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([0-9.]+)):([0-9]{1,5})");
    private static final Pattern PLACE = Pattern.compile("([0-9]{1,9}):([0-9]{1,9})");
    private static final Pattern NODE = Pattern.compile("([0-9]{1,4}):([0-9]{1,7})");
    private static final int UNIX = 1;
    private static final int MAX_UNIX_PATH = 108;

    /** The minimum buffer of a setsockopt program: `__cgroup_bpf_run_filter_setsockopt`. */
    private static final int MIN_OPTION_BYTES = 16;

    /** The device of overlayfs whiteouts, which {@code devcgroup_inode_mknod} exempts. */
    private static final DeviceNumber WHITEOUT = new DeviceNumber(DeviceKind.CHAR, 0, 0);

    public Probe {
        attempts = List.copyOf(attempts);
        notes = List.copyOf(notes);
    }

    /**
     * Parses a probe.
     *
     * @param words the words as the shell passes them
     * @param files the files of the process, by which devices and sysctls are looked up
     * @throws InputException if the words are not a probe, or one of packets or events, which
     *     depend on a socket
     */
    public static Probe read(List<String> words, ProcessFiles files) {
        return new Reader(Words.of(words), files).read();
    }

    private static final class Reader {
        private final Words words;
        private final ProcessFiles files;
        private final List<Attempt> attempts = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();

        Reader(Words words, ProcessFiles files) {
            this.words = words;
            this.files = files;
        }

        Probe read() {
            String verb = words.next("a system call");
            switch (verb) {
                case "connect" -> address(AddressCall.CONNECT, true);
                case "send" -> address(AddressCall.SENDMSG, true);
                case "bind" -> address(AddressCall.BIND, true);
                case "receive" -> address(AddressCall.RECVMSG, false);
                case "peername" -> address(AddressCall.GETPEERNAME, false);
                case "sockname" -> address(AddressCall.GETSOCKNAME, false);
                case "bound" -> address(AddressCall.POST_BIND, false);
                case "socket" -> socket();
                case "open" -> device(false);
                case "mknod" -> device(true);
                case "read" -> sysctl(false);
                case "write" -> sysctl(true);
                case "getsockopt" -> option(Hook.GETSOCKOPT);
                case "setsockopt" -> option(Hook.SETSOCKOPT);
                case "packet", "event", "close" ->
                    throw new InputException(
                            "`" + verb + "` cannot be evaluated on a host: it depends on a socket",
                            "evaluate it in the policy's text: ringwallc why POLICY.wall " + words);
                default ->
                    throw new InputException(
                            "`" + verb + "` is not a system call that a policy judges",
                            "write one of connect, send, bind, bound, receive, peername, sockname, socket, open, mknod,"
                                    + " read, write, getsockopt, setsockopt, such as: connect tcp 192.0.2.1:443");
            }
            Caller.Identity as = words.skip("as") ? identity() : Caller.Identity.NOTHING;
            words.end();
            if (attempts.stream().anyMatch(attempt -> attempt.hook() == Hook.SOCK_CREATE)) {
                notes.add("a socket that the process makes in this cgroup; one that it has already belongs to the"
                        + " cgroup in which it was made");
            }
            return new Probe(words.toString(), attempts, as, notes);
        }

        private void address(AddressCall call, boolean made) {
            if (words.skip("unix")) {
                unix(call);
                return;
            }
            int protocol = words.next("a protocol", IpProtocol::ofWord).number();
            String endpoint = words.next("an address with a port");
            Matcher matcher = ENDPOINT.matcher(endpoint);
            if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > 0xffff) {
                throw new InputException(
                        "`" + endpoint + "` is not an address with a port",
                        "write it as `192.0.2.1:443` or `[2001:db8::1]:443`");
            }
            byte[] address = AddressBytes.of(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
            int port = Integer.parseInt(matcher.group(3));
            SocketType type = type(IpProtocol.of(protocol).orElseThrow());
            if (call == AddressCall.SENDMSG && type != SocketType.DGRAM) {
                throw new InputException(
                        "`send` sends a datagram, which this protocol does not have", "write `connect`");
            }
            if (made) {
                made(address.length == Integer.BYTES ? AddressFamily.INET : AddressFamily.INET6, type, protocol);
            }
            // udpv6_sendmsg calls udp_sendmsg for an IPv4-mapped destination before its own hook.
            byte[] judged = call == AddressCall.SENDMSG ? unmapped(address) : address;
            boolean four = judged.length == Integer.BYTES;
            Hook hook = Hook.of(call, four ? AddressFamily.INET : AddressFamily.INET6)
                    .orElseThrow();
            if (!invokes(call, IpProtocol.of(protocol).orElseThrow())) {
                notes.add("the kernel invokes no hook for the address with this protocol");
                return;
            }
            if (call == AddressCall.SENDMSG && port == 0) {
                notes.add("the kernel refuses port 0 with EINVAL before the hook");
                return;
            }
            // mptcp_connect and mptcp_bind delegate to the TCP subflow.
            int number = protocol == IpProtocol.MPTCP.number() && !call.isOfName() ? IpProtocol.TCP.number() : protocol;
            attempts.add(new Attempt(hook, hook.word() + " " + endpoint, context(hook, judged, port, type, number)));
            if (call == AddressCall.BIND) {
                Hook bound = hook == Hook.BIND4 ? Hook.POST_BIND4 : Hook.POST_BIND6;
                Context context = context(bound, judged, port, type, number);
                attempts.add(new Attempt(bound, bound.word() + " " + endpoint, context));
            }
        }

        /** Returns whether the kernel invokes a hook for the address with this protocol. */
        private static boolean invokes(AddressCall call, IpProtocol protocol) {
            boolean ping = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
            boolean udp = protocol == IpProtocol.UDP || protocol == IpProtocol.UDPLITE;
            return switch (call) {
                case CONNECT -> protocol.passesConnectHooks() || ping;
                case SENDMSG, RECVMSG -> udp;
                case BIND, POST_BIND -> protocol.passesConnectHooks() || udp || protocol == IpProtocol.DCCP;
                case GETPEERNAME, GETSOCKNAME -> true;
            };
        }

        private static Context context(Hook hook, byte[] address, int port, SocketType type, int protocol) {
            boolean four = address.length == Integer.BYTES;
            int family = (four ? AddressFamily.INET : AddressFamily.INET6).number();
            if (hook.context() == ContextStruct.SOCK) {
                return Context.zero(ContextStruct.SOCK, ORDER)
                        .with("family", family)
                        .with("type", type.number())
                        .with("protocol", protocol)
                        .with(four ? "src_ip4" : "src_ip6", address)
                        .with("src_port", port);
            }
            return Context.zero(ContextStruct.SOCK_ADDR, ORDER)
                    .with("user_family", family)
                    .with(four ? "user_ip4" : "user_ip6", address)
                    .with("user_port", port)
                    .with("family", family)
                    .with("type", type.number())
                    .with("protocol", protocol);
        }

        private static byte[] unmapped(byte[] address) {
            byte[] prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};
            boolean mapped = address.length == 16
                    && java.util.Arrays.equals(address, 0, prefix.length, prefix, 0, prefix.length);
            return mapped ? java.util.Arrays.copyOfRange(address, prefix.length, 16) : address;
        }

        private void made(AddressFamily family, SocketType type, int protocol) {
            String text = "socket " + (family == AddressFamily.INET ? "inet" : "inet6") + " " + type.word() + " "
                    + IpProtocol.of(protocol).map(IpProtocol::word).orElse(Integer.toString(protocol));
            attempts.add(new Attempt(
                    Hook.SOCK_CREATE,
                    text,
                    Context.zero(ContextStruct.SOCK, ORDER)
                            .with("family", family.number())
                            .with("type", type.number())
                            .with("protocol", protocol)));
        }

        private static SocketType type(IpProtocol protocol) {
            return switch (protocol) {
                case UDP, UDPLITE, ICMP, ICMPV6 -> SocketType.DGRAM;
                case DCCP -> SocketType.DCCP;
                default -> SocketType.STREAM;
            };
        }

        private void unix(AddressCall call) {
            String path = words.next("the path of a socket");
            byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
            Hook hook = Hook.of(call, AddressFamily.UNIX)
                    .orElseThrow(() -> new InputException(
                            "the kernel invokes no program when a Unix socket is bound", "write `connect unix`"));
            if (bytes.length == 0 || bytes.length > MAX_UNIX_PATH) {
                throw new InputException(
                        "`" + path + "` is not an address of a Unix socket",
                        "write a path of at most 108 bytes, or `@name` for an abstract name");
            }
            if (bytes[0] == '@') {
                bytes[0] = 0;
            }
            byte[] address = ByteBuffer.allocate(2 + bytes.length)
                    .order(ORDER)
                    .putShort((short) UNIX)
                    .put(bytes)
                    .array();
            SocketType type = call.isOfDatagram() ? SocketType.DGRAM : SocketType.STREAM;
            Context context = Context.zero(ContextStruct.SOCK_ADDR, ORDER)
                    .with("user_family", UNIX)
                    .with("family", UNIX)
                    .with("type", type.number());
            attempts.add(new Attempt(
                    hook, hook.word() + " " + path, context, Optional.of(Bytes.of(address)), Optional.empty()));
        }

        private void socket() {
            String family = words.next("an address family");
            SocketType type = words.next("a socket type", SocketType::ofWord);
            OptionalLong protocol = words.isEmpty() || words.isAt("as")
                    ? OptionalLong.empty()
                    : OptionalLong.of(protocol(words.next("a protocol")));
            if (!Set.of("inet", "inet6").contains(family)) {
                throw new InputException(
                        "the kernel invokes no program for `" + family + "` sockets", "write `inet` or `inet6`");
            }
            long number = protocol.orElse(0) == 0 ? first(type) : protocol.getAsLong();
            made(family.equals("inet") ? AddressFamily.INET : AddressFamily.INET6, type, (int) number);
        }

        private static long protocol(String word) {
            return IpProtocol.ofWord(word)
                    .map(found -> OptionalLong.of(found.number()))
                    .orElseGet(() -> Words.number(word))
                    .orElseThrow(() -> new InputException("there is no protocol `" + word + "`", Words.HELP));
        }

        /** Returns the first protocol of a type's list, as `inet_create` does. */
        private static long first(SocketType type) {
            return switch (type) {
                case STREAM -> IpProtocol.TCP.number();
                case DGRAM -> IpProtocol.UDP.number();
                case SEQPACKET -> IpProtocol.SCTP.number();
                case DCCP -> IpProtocol.DCCP.number();
                case RAW, RDM, PACKET ->
                    throw new InputException(
                            "a raw socket needs a protocol", "write it after the type, as in `socket inet raw icmp`");
            };
        }

        private void device(boolean made) {
            String word = words.next("a device");
            Optional<DeviceKind> kind = DeviceKind.ofWord(word);
            DeviceNumber device = kind.isPresent() ? numbers(kind.get()) : node(word);
            Set<DeviceAccess> access = made ? EnumSet.of(DeviceAccess.MKNOD) : access(words.next("an access"));
            Context context = Context.zero(ContextStruct.DEVICE, ORDER)
                    .with("access_type", DeviceAccess.accessType(device.kind(), access))
                    .with("major", device.major())
                    .with("minor", device.minor());
            String name = device.kind().word() + " " + device.major() + ":" + device.minor();
            if (kind.isEmpty()) {
                notes.add("`" + word + "` is " + name);
            }
            if (made && device.equals(WHITEOUT)) {
                notes.add("the kernel invokes no hook for a whiteout, `char 0:0`");
                return;
            }
            attempts.add(new Attempt(Hook.DEVICE, (made ? "mknod " : "open ") + name, context));
        }

        private DeviceNumber numbers(DeviceKind kind) {
            String numbers = words.next("two numbers");
            Matcher matcher = NODE.matcher(numbers);
            if (!matcher.matches()) {
                throw new InputException("`" + numbers + "` are not numbers of a device", "write them as `char 1:3`");
            }
            return new DeviceNumber(kind, Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        }

        /**
         * Returns the numbers of a node in the process's root, else from the well-known devices.
         */
        private DeviceNumber node(String path) {
            Optional<ProcessFiles.Node> node = files.node(path);
            return (node.isPresent() ? node.get().device() : DeviceNumbers.of(path))
                    .orElseThrow(() -> new InputException(
                            "`" + path + "` is not a device of this host", "write its numbers, as in `char 1:3`"));
        }

        private static Set<DeviceAccess> access(String letters) {
            Set<DeviceAccess> access = EnumSet.noneOf(DeviceAccess.class);
            for (DeviceAccess one : List.of(DeviceAccess.READ, DeviceAccess.WRITE)) {
                if (letters.contains(one.letter())) {
                    access.add(one);
                }
            }
            if (access.isEmpty() || !letters.matches("[rw]{1,2}")) {
                throw new InputException("`" + letters + "` is not a kind of access", "write `r`, `w` or `rw`");
            }
            return access;
        }

        private void sysctl(boolean write) {
            String given = words.next("a sysctl");
            String name = given.contains("/") ? given : given.replace('.', '/');
            Optional<Bytes> written = write && words.skip("=")
                    ? Optional.of(Bytes.of(words.next("a value").getBytes(StandardCharsets.UTF_8)))
                    : Optional.empty();
            if (name.startsWith("/") || name.endsWith("/") || name.contains("..")) {
                throw new InputException("`" + name + "` is not a sysctl", "write it as `net/ipv4/ip_forward`");
            }
            Optional<Bytes> current = files.sysctl(name);
            notes.add(
                    current.isPresent()
                            ? "the value of `" + name + "` as this process reads it"
                            : "`" + name + "` cannot be read here");
            attempts.add(new Attempt(
                    Hook.SYSCTL,
                    (write ? "write " : "read ") + name,
                    Context.zero(ContextStruct.SYSCTL, ORDER).with("write", write ? 1 : 0),
                    Optional.empty(),
                    Optional.of(new Sysctl(name, current, written))));
        }

        private void option(Hook hook) {
            String word = words.next("a socket option");
            Matcher matcher = PLACE.matcher(word);
            SocketOption.Place place = matcher.matches()
                    ? new SocketOption.Place(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
                    : SocketOption.ofName(word)
                            .map(found -> found.places().get(0))
                            .orElseThrow(() -> new InputException(
                                    "there is no socket option `" + word + "`",
                                    "write its name in the kernel's headers, or its level and number, as in `1:36`"));
            byte[] value = words.skip("=") ? value(words.next("a value")) : new byte[Integer.BYTES];
            int room = hook == Hook.SETSOCKOPT ? Math.max(MIN_OPTION_BYTES, value.length) : value.length;
            if (hook == Hook.GETSOCKOPT) {
                notes.add("the kernel returns 4 zero bytes, without an error");
            }
            attempts.add(new Attempt(
                    hook,
                    hook.word() + " " + word,
                    Context.option(
                            ORDER, place.level(), place.number(), value.length, java.util.Arrays.copyOf(value, room))));
        }

        private static byte[] value(String word) {
            OptionalLong number = Words.number(word);
            return number.isEmpty()
                    ? word.getBytes(StandardCharsets.UTF_8)
                    : ByteBuffer.allocate(Integer.BYTES)
                            .order(ORDER)
                            .putInt((int) number.getAsLong())
                            .array();
        }

        private Caller.Identity identity() {
            OptionalLong uid = OptionalLong.empty();
            OptionalLong gid = OptionalLong.empty();
            OptionalLong pid = OptionalLong.empty();
            OptionalLong netns = OptionalLong.empty();
            OptionalLong cookie = OptionalLong.empty();
            Optional<String> comm = Optional.empty();
            while (!words.isEmpty()) {
                String field = words.next("a field of the caller");
                switch (field) {
                    case "uid" -> uid = OptionalLong.of(words.number("a user id", 0xffff_ffffL));
                    case "gid" -> gid = OptionalLong.of(words.number("a group id", 0xffff_ffffL));
                    case "pid" -> pid = OptionalLong.of(words.number("a process id", 0x7fff_ffffL));
                    case "netns" -> netns = OptionalLong.of(words.number("a cookie", Long.MAX_VALUE));
                    case "cookie" -> cookie = OptionalLong.of(words.number("a cookie", Long.MAX_VALUE));
                    case "comm" -> comm = Optional.of(words.next("a name"));
                    default ->
                        throw new InputException(
                                "`" + field + "` of the caller cannot be chosen here",
                                "write uid, gid, pid, netns, cookie or comm, or choose the cgroup by --cgroup");
                }
            }
            return new Caller.Identity(uid, gid, pid, netns, cookie, comm);
        }
    }
}
