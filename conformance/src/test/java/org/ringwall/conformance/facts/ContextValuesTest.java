// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of the contexts of known calls: the byte orders of {@code ContextField}, and the meaning
 * of numbers. Values are given after conversion from the table's byte order; one test checks the
 * bytes themselves.
 */
@KernelTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContextValuesTest {
    private static final KernelVersion KERNEL = Verifier.kernel();
    private static final Actor ROOT = new Actor(0, 0);
    private static final Set<Traffic.Operation> MPTCP =
            EnumSet.of(Traffic.Operation.MAKE_MPTCP, Traffic.Operation.CONNECT4_MPTCP);
    private static final int S_IFCHR = 0x2000;
    private static final int S_IFBLK = 0x6000;

    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final KernelBpf bpf = new KernelBpf(syscalls);
    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Fd directory = new Host(syscalls).openDirectory(cgroup.path());
    private final Traffic traffic = Traffic.in(cgroup.path());
    private final ProbeProcess files = ProbeProcess.in(cgroup.path());

    /** In /dev, because on an overlay the hook runs twice ({@code IdentityKernelTest}). */
    @TempDir(factory = InDev.class)
    Path folder;

    static final class InDev implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext extension)
                throws IOException {
            return Files.createTempDirectory(Path.of("/dev"), "ringwall-nodes");
        }
    }

    @AfterAll
    void end() {
        traffic.close();
        files.close();
        directory.close();
        cgroup.close();
        bpf.close();
    }

    private ContextRecorder recorder(Hook hook) {
        return new ContextRecorder(bpf, hook, directory, KERNEL);
    }

    /** Compares fields with pairs `name=value`; numbers that begin with 0x are hexadecimal. */
    private static void compare(ContextRecorder recorder, String expected) {
        for (String pair : expected.strip().split("\\s+")) {
            String[] sides = pair.split("=");
            BigInteger value =
                    sides[1].startsWith("0x") ? new BigInteger(sides[1].substring(2), 16) : new BigInteger(sides[1]);
            assertThat(recorder.number(sides[0])).as(pair).isEqualTo(value);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MAKE_TCP         | sock_create | 1 | family=2 type=1 protocol=6 mark=0 priority=0 bound_dev_if=0 state=7",
                "MAKE_RAW6        | sock_create | 1 | family=10 type=3 protocol=58",
                "MAKE_MPTCP       | sock_create | 1 | family=2 type=1 protocol=262",
                "CONNECT4         | connect4    | 1 | user_family=2 user_ip4=0x7f000002 user_port=4660 family=2 type=1 protocol=6",
                "CONNECT4_MPTCP   | connect4    | 1 | user_ip4=0x7f000002 user_port=4660 type=1 protocol=6",
                "CONNECT6         | connect6    | 1 | user_family=10 user_ip6=1 user_port=4660 family=10 type=1 protocol=6",
                "CONNECT6_MAPPED  | connect6    | 1 | user_family=10 user_ip6=0xffff7f000002 user_port=4660 family=10",
                "CONNECT6_MAPPED  | connect4    | 0 | user_port=0",
                "BIND4            | bind4       | 1 | user_ip4=0x7f000003 user_port=4661 family=2 type=1 protocol=6",
                "BIND6            | bind6       | 1 | user_ip6=1 user_port=4661 family=10 type=1 protocol=6",
                "BIND4            | post_bind4  | 1 | src_ip4=0x7f000003 src_port=4661 family=2 dst_port=0 dst_ip4=0 state=7",
                "BIND6            | post_bind6  | 1 | src_ip6=1 src_port=4661 family=10 dst_port=0 dst_ip6=0 state=7",
                "SEND4            | sendmsg4    | 1 | user_ip4=0x7f000002 user_port=4662 type=2 protocol=17 msg_src_ip4=0",
                "SEND4_UNSPEC     | sendmsg4    | 1 | user_family=0 user_ip4=0x7f000002 user_port=4662 family=2",
                "SEND6            | sendmsg6    | 1 | user_ip6=1 user_port=4662 family=10 type=2 protocol=17 msg_src_ip6=0",
                "RECEIVE4         | recvmsg4    | 1 | user_ip4=0x7f000005 user_port=4665 family=2 type=2 protocol=17",
                "NAMES4           | getpeername4| 1 | user_ip4=0x7f000002 user_port=4660 type=1 protocol=6",
                "OWN_NAME4        | getsockname4| 1 | user_ip4=0x7f000003 user_port=4661 type=1 protocol=6",
                "RECEIVE6         | recvmsg6    | 1 | user_ip6=1 user_port=4665 family=10 type=2 protocol=17",
                "NAMES6           | getpeername6| 1 | user_ip6=1 user_port=4660 type=1 protocol=6",
                "OWN_NAME6        | getsockname6| 1 | user_ip6=1 user_port=4661 type=1 protocol=6",
                "CONNECT4         | sock_release| 1 | family=2 type=1 protocol=6",
                "GET_RCVBUF       | getsockopt  | 1 | level=1 optname=8 optlen=4 retval=0",
                "GET_UNKNOWN      | getsockopt  | 1 | level=1 optname=9999 optlen=4 retval=0xffffffa4",
                "GET_UNKNOWN_LEVEL| getsockopt  | 1 | level=99 optname=99 optlen=4 retval=0xffffffa1",
                "SET_NODELAY      | setsockopt  | 1 | level=6 optname=1 optlen=4",
                "RECEIVE4         | skb_egress  | 1 | len=33 protocol=0x800 ifindex=1 mark=0 family=2 local_port=4665 remote_port=0",
                "RECEIVE4         | skb_ingress | 1 | len=33 protocol=0x800 ifindex=1 ingress_ifindex=1 local_port=4664",
            })
    void aKnownCallHasTheExpectedContextValues(Traffic.Operation operation, String hook, int events, String expected) {
        if (MPTCP.contains(operation)) {
            RunningKernel.needs(5, 11, "MPTCP as distributions build it");
        }
        try (ContextRecorder recorder = recorder(Hook.ofWord(hook).orElseThrow())) {
            traffic.make(operation);
            assertThat(recorder.events()).as("how often " + hook + " was asked").isEqualTo(events);
            compare(recorder, expected);
        }
    }

    /**
     * The bytes of 127.0.0.2:4660 (0x1234) in memory, for the three kinds of ports and addresses.
     */
    @Test
    void contextBytesAreInTheByteOrderOfTheTable() {
        try (ContextRecorder connect = recorder(Hook.CONNECT4);
                ContextRecorder events = recorder(Hook.SOCK_OPS);
                ContextRecorder packets = recorder(Hook.SKB_EGRESS)) {
            traffic.make(Traffic.Operation.CONNECT4_BOUND);
            assertThat(connect.bytes("user_ip4")).containsExactly(127, 0, 0, 2);
            boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
            assertThat(connect.bytes("user_port"))
                    .isEqualTo(little ? new byte[] {0x12, 0x34, 0, 0} : new byte[] {0, 0, 0x12, 0x34});
            assertThat(events.bytes("remote_port")).containsExactly(0, 0, 0x12, 0x34);
            assertThat(events.bytes("local_ip4")).containsExactly(127, 0, 0, 3);
            assertThat(packets.bytes("remote_port")).containsExactly(0, 0, 0x12, 0x34);
            compare(events, "family=2 remote_ip4=0x7f000002 local_ip4=0x7f000003 remote_port=4660 local_port=4661");
            compare(packets, "protocol=0x800 remote_ip4=0x7f000002 local_port=4661 remote_port=4660");
        }
    }

    /**
     * Low half: 1 block, 2 char. High half: 1 mknod, 2 read, 4 write. These are BPF_DEVCG_DEV_ and
     * BPF_DEVCG_ACC_.
     */
    @ParameterizedTest
    @CsvSource({
        "open 0, access_type=0x20002 major=1 minor=3",
        "open 1, access_type=0x40002 major=1 minor=3",
        "open 2, access_type=0x60002 major=1 minor=3",
        "char 1:3, access_type=0x10002 major=1 minor=3",
        "block 7:300, access_type=0x10001 major=7 minor=300"
    })
    void aDeviceAccessReportsItsTypeAndNumbers(String operation, String expected) {
        String[] words = operation.split("[ :]");
        try (ContextRecorder recorder = recorder(Hook.DEVICE)) {
            if (words[0].equals("open")) {
                files.open(ROOT, Path.of("/dev/null"), Integer.parseInt(words[1]));
            } else {
                int kind = words[0].equals("char") ? S_IFCHR : S_IFBLK;
                files.mknod(
                        ROOT, folder.resolve("node"), kind | 0600, Long.parseLong(words[1]), Long.parseLong(words[2]));
            }
            assertThat(recorder.events()).isEqualTo(1);
            compare(recorder, expected);
        }
    }

    @Test
    void aSysctlContextDistinguishesReadsAndWrites() {
        try (ContextRecorder reads = recorder(Hook.SYSCTL)) {
            assertThat(traffic.make(Traffic.Operation.READ_SYSCTL)).isPositive();
            assertThat(reads.events()).isEqualTo(1);
            compare(reads, "write=0 file_pos=0");
        }
        try (ContextRecorder writes = recorder(Hook.SYSCTL)) {
            assertThat(traffic.make(Traffic.Operation.WRITE_SYSCTL)).isPositive();
            assertThat(writes.events()).isEqualTo(1);
            compare(writes, "write=1 file_pos=0");
        }
    }

    /**
     * The language does not offer user_port at these hooks, because it is not a port: `/n` of a
     * path, or 0 and the first letter of an abstract name.
     */
    @ParameterizedTest
    @CsvSource({
        "CONNECT_UNIX, connect_unix, 1, 0x2f6e",
        "UNIX_DATAGRAM, sendmsg_unix, 2, 0x72",
        "UNIX_DATAGRAM, recvmsg_unix, 2, 0x73",
        "UNIX_DATAGRAM, getsockname_unix, 2, 0x73",
        "UNIX_DATAGRAM, getpeername_unix, 2, 0x72"
    })
    void unixHooksExposePathBytesAsUserPort(Traffic.Operation operation, String word, int type, String port) {
        Hook hook = Hook.ofWord(word).orElseThrow();
        RunningKernel.needs(hook.since().major(), hook.since().minor(), hook.word());
        try (ContextRecorder recorder = recorder(hook)) {
            traffic.make(operation);
            assertThat(recorder.events()).isEqualTo(1);
            compare(recorder, "user_family=1 family=1 protocol=0 type=%d user_port=%s".formatted(type, port));
        }
    }
}
