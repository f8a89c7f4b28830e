// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.DEVICE;
import static org.ringwall.compiler.bypass.Judge.invokes;
import static org.ringwall.compiler.bypass.Judge.numbers;
import static org.ringwall.compiler.bypass.Remedy.CONSTRUCTION;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** The bypasses of `devices`. */
final class DeviceBypasses {
    private static final List<Intent> DEVICES = List.of(Intent.DEVICES);

    private static final int READ = 2;
    private static final int WRITE = 4;
    private static final IntervalSet BLOCK = numbers(1);
    private static final IntervalSet CHARACTER = numbers(2);
    private static final IntervalSet ANY = IntervalSet.range(0, Variable.MAJOR.max());
    private static final IntervalSet MISC = numbers(10);

    /**
     * Majors of character devices that lead to disks. SCSI_GENERIC_MAJOR, MTD_CHAR_MAJOR, RAW_MAJOR
     * (to 5.13) and USB_DEVICE_MAJOR are fixed. bsg, UBI, and controllers and generic devices of
     * NVMe have any of the numbers that the kernel gives out (`find_dynamic_major` in
     * fs/char_dev.c).
     */
    private static final IntervalSet BUS_DEVICES = IntervalSet.of(
            Interval.of(21, 21),
            Interval.of(90, 90),
            Interval.of(162, 162),
            Interval.of(189, 189),
            Interval.of(234, 254),
            Interval.of(384, 511));

    private static final String BUS_MAJORS = "{ 21, 90, 162, 189, 234..254, 384..511 }";

    /** BTRFS_MINOR, MAPPER_CTRL_MINOR and LOOP_CTRL_MINOR. */
    private static final IntervalSet CONTROLS = numbers(234, 236, 237);

    /** TTYAUX_MAJOR; its minor 0 is /dev/tty. */
    private static final IntervalSet AUXILIARY = numbers(5);

    /** TTY_MAJOR, and the majors from UNIX98_PTY_SLAVE_MAJOR on. */
    private static final IntervalSet TERMINALS = IntervalSet.of(Interval.of(4, 4), Interval.of(136, 143));

    static final List<Bypass> BYPASSES = Stream.of(
                    judged(), numbersOfOthers(), readers(), disks(), descriptors(), nodes())
            .flatMap(List::stream)
            .toList();

    private DeviceBypasses() {}

    private static List<Bypass> judged() {
        return List.of(
                judged(
                        "reopen-device",
                        "a device that was open before is opened again through /proc/self/fd",
                        "access that the old descriptor did not have"),
                judged(
                        "other-node",
                        "the device is opened by another node with its numbers, on any file system",
                        "a denied device by another name"),
                judged("make-node", "mknod makes a node for the device", "a node of one's own for a denied device"),
                judged(
                        "mount-device",
                        "mount opens a block device for its file system, which is not mounted anywhere",
                        "the contents of a denied disk"),
                judged("uring-open", "io_uring opens the device without an open call", "a denied device")
                        .on("5.6 and newer"));
    }

    /**
     * Returns the bypasses by devices that give access to other devices. A policy can deny these
     * by their numbers.
     */
    private static List<Bypass> numbersOfOthers() {
        return List.of(
                Bypass.of(
                        DEVICES,
                        "other-number",
                        "a partition, or a loop, device-mapper or md device over a disk, or a character device of the same"
                                + " drive (SCSI generic, bsg, NVMe, MTD, UBI, USB) is opened by its own number",
                        "the contents of a denied disk",
                        new Judge.Many(
                                eachAccess(
                                        List.of(box(BLOCK, ANY, ANY), box(CHARACTER, BUS_DEVICES, ANY)),
                                        List.of(box(BLOCK, ANY, ANY))),
                                "open a block device or a character device that may be one (major 21, 90, 162, 189, 234..254"
                                        + " or 384..511)",
                                "another block device"),
                        Remedy.policy("devices { deny if dev.type == block or dev.type == char and dev.major in "
                                + BUS_MAJORS + "; default allow }")),
                Bypass.of(
                        DEVICES,
                        "own-terminal",
                        "/dev/tty (char 5:0) is opened, which leads to the controlling terminal of the process",
                        "reads, writes and ioctls on a denied terminal, if it is the controlling one",
                        new Judge.Many(
                                eachAccess(
                                        List.of(box(CHARACTER, AUXILIARY, numbers(0))),
                                        List.of(box(CHARACTER, TERMINALS, ANY))),
                                "open /dev/tty",
                                "a terminal"),
                        Remedy.policy("devices { deny if dev in { char 5:0 }; default allow }")),
                Bypass.of(
                        DEVICES,
                        "control-device",
                        "an ioctl on a control device (loop-control, mapper/control, btrfs-control) names another"
                                + " device by its number or path; all but those of loop-control need CAP_SYS_ADMIN",
                        "adding and removing a denied disk",
                        new Judge.Many(
                                eachAccess(List.of(box(CHARACTER, MISC, CONTROLS)), List.of(box(BLOCK, ANY, ANY))),
                                "open a control device of disks",
                                "a block device"),
                        Remedy.policy("devices { deny if dev in { char 10:234, char 10:236..237 }; default allow }")));
    }

    /** Returns the bypasses that change a device which was opened for reading. */
    private static List<Bypass> readers() {
        return List.of(
                Bypass.of(
                        DEVICES,
                        "remount",
                        "with CAP_SYS_ADMIN of the initial user namespace the process mounts a disk read-only, which"
                                + " opens it for reading alone, and remounts it for writing, which does not open it",
                        "writes to a disk that may be read",
                        new Judge.Twin(
                                access(READ, "open a block device for reading", Map.of(Variable.DEV_TYPE, 1L)),
                                access(WRITE, "open it for writing", Map.of(Variable.DEV_TYPE, 1L))),
                        Remedy.policy("devices { deny if dev.type == block; default allow }")),
                Bypass.of(
                        DEVICES,
                        "read-ioctl",
                        "an ioctl changes a device by a descriptor that is open for reading alone, as LOOP_CHANGE_FD"
                                + " and LOOP_CLR_FD on a loop device, TUNSETIFF, BLKROSET, BLKPG and SG_IO",
                        "changes to a device that may be read and not written",
                        new Judge.Twin(
                                access(READ, "open a device for reading", Map.of()),
                                access(WRITE, "open it for writing", Map.of())),
                        Remedy.host("deny the device for reading too; the ioctls that need a capability are"
                                + " those of CAP_SYS_ADMIN, CAP_SYS_RAWIO and CAP_NET_ADMIN")));
    }

    private static List<Bypass> disks() {
        return List.of(
                unseen(
                                "mounted-disk",
                                "with CAP_SYS_ADMIN of the initial user namespace the process mounts a disk that is"
                                        + " mounted anywhere on the host; the mount has the superblock that is there",
                                "the files of a denied disk",
                                "the kernel opens the device for the first mount alone",
                                "take CAP_SYS_ADMIN from the workload, or refuse mount(2) and fsopen(2) by seccomp")
                        .on("6.6 and newer"),
                unseen(
                        "disk-by-name",
                        "quotactl or ustat names a disk that is mounted, by its node or number; changing quotas and"
                                + " reading those of others need CAP_SYS_ADMIN",
                        "quotas and free space of the file system on a denied disk",
                        "the kernel looks up the node and does not open the device",
                        "refuse quotactl(2) and ustat(2) by seccomp, as container runtimes do without CAP_SYS_ADMIN"));
    }

    private static List<Bypass> descriptors() {
        return List.of(
                unseen(
                        "open-device",
                        "a device is used through a descriptor, a mapping or a registered file of an io_uring that was"
                                + " there before",
                        "reads, writes and ioctls on a denied device",
                        "the hook runs when a device is opened",
                        "apply the policy before the workload starts; `ringwall run` does, and passes on only its own"
                                + " standard input, output and errors"),
                unseen(
                        "passed-device",
                        "a descriptor of a device comes in over a unix socket, or another process puts it there"
                                + " (SECCOMP_IOCTL_NOTIF_ADDFD, a shared table of descriptors)",
                        "reads, writes and ioctls on a denied device",
                        "the hook runs when a device is opened",
                        "keep processes that would pass one out of the workload's reach"),
                unseen(
                                "shared-ring",
                                "the process submits to an io_uring with a polling thread (IORING_SETUP_SQPOLL) that"
                                        + " it inherited or took from a process outside",
                                "a denied device, which the thread opens, reads and writes in its own cgroup",
                                "the hook judges the thread, which is in the cgroup of the process that made the ring",
                                "start the workload without such a descriptor; `ringwall run` passes on only standard"
                                        + " input, output and errors")
                        .on("5.12 and newer"),
                unseen(
                        "twin-call",
                        "a system call or a file of proc does what a denied device does: syslog(2) and /proc/kmsg for"
                                + " /dev/kmsg (CAP_SYSLOG where kernel.dmesg_restrict is 1), getrandom(2) for /dev/random,"
                                + " userfaultfd(2) for /dev/userfaultfd, iopl(2) for /dev/port, /proc/kcore for /dev/mem",
                        "what the device offers",
                        "no device is opened",
                        "refuse the call by seccomp, and mask /proc/kmsg and /proc/kcore"));
    }

    private static List<Bypass> nodes() {
        return List.of(
                unseen(
                        "path-descriptor",
                        "a device is opened with O_PATH",
                        "its attributes; reading and writing need another open, which is judged",
                        "O_PATH opens the name, not the device",
                        "nothing needs closing: the device itself stays out of reach"),
                unseen(
                        "node-attributes",
                        "stat, chmod and chown of a node",
                        "the node's attributes, as file permissions let",
                        "the hook runs when a device is opened or its node made",
                        "give the workload no node that it owns"),
                unseen(
                        "foreign-node",
                        "the process mounts or serves a file system that has a node for a denied device (devtmpfs, an"
                                + " image, FUSE, NFS)",
                        "a node without mknod; opening it is judged",
                        "the hook judges mknod and open alone",
                        "nothing needs closing: the device itself stays out of reach"),
                unseen(
                        "make-whiteout",
                        "mknod makes a character device 0:0, which is a whiteout, or renameat2 does (RENAME_WHITEOUT)",
                        "a node that no driver answers to",
                        "the kernel does not invoke the hook for whiteouts",
                        "nothing needs closing: there is no such device"),
                unseen(
                        "make-fifo",
                        "mknod makes a FIFO or a socket node",
                        "a node that is not a device",
                        "the kernel invokes the hook for devices alone",
                        "nothing needs closing: it is not a device"),
                unseen(
                        "device-from-device",
                        "an allowed device gives a descriptor of another (TIOCGPTPEER on a terminal's master, VFIO, KVM, DRM"
                                + " leases), or drives it (/dev/console, /dev/tty0, /dev/vcs*, VT_ACTIVATE, TIOCCONS)",
                        "a denied device that hangs on an allowed one",
                        "the driver does so without running the hook",
                        "deny the device that it hangs on"),
                unseen(
                        "device-files",
                        "a file below /sys or /proc shows or drives a device",
                        "what its driver offers there",
                        "they are files, not devices",
                        "mount /sys read-only and mask /proc, as container runtimes do"));
    }

    /**
     * Returns two groups, for reading and for writing: each device of `many` reaches each of
     * `single`.
     */
    private static List<Judge.Group> eachAccess(
            List<Map<Variable, IntervalSet>> many, List<Map<Variable, IntervalSet>> single) {
        return IntStream.of(READ, WRITE)
                .boxed()
                .flatMap(access -> many.stream()
                        .map(box -> new Judge.Group(
                                reach(access, box),
                                single.stream().map(one -> reach(access, one)).toList())))
                .toList();
    }

    private static Judge.Reach reach(int access, Map<Variable, IntervalSet> box) {
        Map<Variable, IntervalSet> all = new EnumMap<>(box);
        all.put(Variable.ACCESS, numbers(access));
        return new Judge.Reach(DEVICE, all);
    }

    private static Map<Variable, IntervalSet> box(IntervalSet type, IntervalSet major, IntervalSet minor) {
        return Map.of(Variable.DEV_TYPE, type, Variable.MAJOR, major, Variable.MINOR, minor);
    }

    private static Judge.Twin.Part access(int access, String text, Map<Variable, Long> rest) {
        Map<Variable, Long> values = new EnumMap<>(Variable.class);
        values.putAll(rest);
        values.put(Variable.ACCESS, (long) access);
        return new Judge.Twin.Part(DEVICE, values, text);
    }

    private static Bypass judged(String id, String what, String lets) {
        return Bypass.of(DEVICES, id, what, lets, invokes(DEVICE), CONSTRUCTION);
    }

    private static Bypass unseen(String id, String what, String lets, String reason, String advice) {
        return Bypass.of(DEVICES, id, what, lets, new Judge.Unseen(reason), Remedy.host(advice));
    }
}
