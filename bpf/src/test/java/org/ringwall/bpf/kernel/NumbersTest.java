// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersTest {
    @ParameterizedTest
    @CsvSource({
        "/dev/null, CHAR, 1, 3",
        "/dev/zero, CHAR, 1, 5",
        "/dev/full, CHAR, 1, 7",
        "/dev/urandom, CHAR, 1, 9",
        "/dev/tty, CHAR, 5, 0",
        "/dev/tty63, CHAR, 4, 63",
        "/dev/ttyS0, CHAR, 4, 64",
        "/dev/ptmx, CHAR, 5, 2",
        "/dev/fuse, CHAR, 10, 229",
        "/dev/kvm, CHAR, 10, 232",
        "/dev/net/tun, CHAR, 10, 200",
        "/dev/nvidia0, CHAR, 195, 0",
        "/dev/nvidiactl, CHAR, 195, 255",
        "/dev/loop7, BLOCK, 7, 7",
        "/dev/sda, BLOCK, 8, 0",
        "/dev/sdb3, BLOCK, 8, 19",
        "/dev/sdq, BLOCK, 65, 0",
        "/dev/sdz, BLOCK, 65, 144",
        "/dev/sdaa, BLOCK, 65, 160",
        "/dev/sdiv15, BLOCK, 135, 255",
        "/dev/rtc, CHAR, 10, 135"
    })
    void knowsFixedDeviceNumbers(String path, DeviceKind kind, int major, int minor) {
        assertThat(DeviceNumbers.of(path)).contains(new DeviceNumber(kind, major, minor));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/dev/nvidia-uvm", "/dev/nvme0n1", "/dev/vda", "/dev/dm-0", "/dev/rtc0", "null", "/dev/tty64"})
    void knowsNoDeviceNumberThatDiffersBetweenHosts(String path) {
        assertThat(DeviceNumbers.of(path)).isEmpty();
        assertThat(DeviceNumbers.paths()).doesNotContain(path).contains("/dev/null");
    }

    @Test
    void refusesDeviceNumbersThatDoNotExist() {
        assertThatThrownBy(() -> new DeviceNumber(DeviceKind.CHAR, 4096, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new DeviceNumber(DeviceKind.CHAR, 0, 0x10_0000))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** At the hook, an open for reading and writing is one event with both bits. */
    @Test
    void packsDeviceAccessAsTheHookSeesIt() {
        assertThat(DeviceAccess.accessType(DeviceKind.CHAR, EnumSet.of(DeviceAccess.READ)))
                .isEqualTo(0x0002_0002);
        assertThat(DeviceAccess.accessType(DeviceKind.CHAR, EnumSet.of(DeviceAccess.READ, DeviceAccess.WRITE)))
                .isEqualTo(0x0006_0002);
        assertThat(DeviceAccess.accessType(DeviceKind.BLOCK, EnumSet.of(DeviceAccess.MKNOD)))
                .isEqualTo(0x0001_0001);
    }

    @ParameterizedTest
    @CsvSource({"EPERM, 1", "EACCES, 13", "EAGAIN, 11", "EWOULDBLOCK, 11", "ECONNREFUSED, 111", "ENOTSUPP, 524"})
    void namesErrnos(String name, int number) {
        assertThat(Errno.ofName(name).orElseThrow().number()).isEqualTo(number);
        assertThat(Errno.of(number)).isEqualTo(Errno.ofName(name));
    }

    @Test
    void hasNoErrnoForOtherNumbersAndNames() {
        assertThat(Errno.of(0)).isEmpty();
        assertThat(Errno.of(41)).isEmpty();
        assertThat(Errno.ofName("eperm")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "tcp, 6, true, true", "mptcp, 262, true, true", "udp, 17, true, true", "udplite, 136, false, true",
        "sctp, 132, false, true", "dccp, 33, false, true", "icmp, 1, false, false", "icmpv6, 58, false, false",
        "raw, 255, false, false"
    })
    void knowsWhichProtocolsPassTheConnectHooks(String word, int number, boolean hooked, boolean ports) {
        IpProtocol protocol = IpProtocol.ofWord(word).orElseThrow();
        assertThat(protocol.number()).isEqualTo(number);
        assertThat(IpProtocol.of(number)).contains(protocol);
        assertThat(protocol.passesConnectHooks()).isEqualTo(hooked);
        assertThat(protocol.hasPorts()).isEqualTo(ports);
    }

    @Test
    void namesSocketTypesAndFamilies() {
        assertThat(SocketType.ofWord("raw")).contains(SocketType.RAW);
        assertThat(SocketType.of(2)).contains(SocketType.DGRAM);
        assertThat(AddressFamily.of(10)).contains(AddressFamily.INET6);
        assertThat(AddressFamily.INET.kernelName()).isEqualTo("AF_INET");
    }
}
