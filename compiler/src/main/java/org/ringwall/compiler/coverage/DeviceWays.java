package org.ringwall.compiler.coverage;

import static org.ringwall.bpf.kernel.Hook.DEVICE;
import static org.ringwall.compiler.coverage.Closing.CONSTRUCTION;
import static org.ringwall.compiler.coverage.Judge.asked;

import java.util.List;
import org.ringwall.compiler.policy.Intent;

/** Ways to come by a device without `devices` having its say. */
final class DeviceWays {
    private static final List<Intent> DEVICES = List.of(Intent.DEVICES);

    static final List<Way> WAYS = List.of(
            judged(
                    "reopen-device",
                    "a device that was open before is opened again through /proc/self/fd",
                    "access that the old descriptor did not have"),
            judged(
                    "other-node",
                    "the device is opened by another node with its numbers, on any file system",
                    "a denied device by another name"),
            judged("make-node", "mknod makes a node for the device", "a node of one's own for a denied device"),
            judged("mount-device", "mount opens a block device for its file system", "the contents of a denied disk"),
            judged("uring-open", "io_uring opens the device without an open call", "a denied device")
                    .on("5.6 and newer"),
            unseen(
                    "open-device",
                    "a device is used through a descriptor that was open before",
                    "reads, writes and ioctls on a denied device",
                    "the hook is asked when a device is opened",
                    "apply the policy before the workload starts; `ringwall run` does, and passes on only its own standard input, output and errors"),
            unseen(
                    "passed-device",
                    "a descriptor of a device comes in over a unix socket",
                    "reads, writes and ioctls on a denied device",
                    "the hook is asked when a device is opened",
                    "keep processes that would pass one out of the workload's reach"),
            unseen(
                    "path-descriptor",
                    "a device is opened with O_PATH",
                    "its attributes; reading and writing need another open, which is asked",
                    "O_PATH opens the name, not the device",
                    "nothing needs closing: the device itself stays out of reach"),
            unseen(
                    "node-attributes",
                    "stat, chmod and chown of a node",
                    "the node's attributes, as file permissions let",
                    "the hook is asked when a device is opened or its node made",
                    "give the workload no node that it owns"),
            unseen(
                    "make-whiteout",
                    "mknod makes a character device 0:0, which is a whiteout",
                    "a node that no driver answers to",
                    "the kernel does not ask about whiteouts",
                    "nothing needs closing: there is no such device"),
            unseen(
                    "make-fifo",
                    "mknod makes a FIFO or a socket node",
                    "a node that is no device",
                    "the kernel asks about devices alone",
                    "nothing needs closing: it is no device"),
            unseen(
                    "device-from-device",
                    "an ioctl on an allowed device gives a descriptor of another, as TIOCGPTPEER on a terminal's master",
                    "a denied device that hangs on an allowed one",
                    "the driver opens it without asking",
                    "deny the device that it hangs on"),
            unseen(
                    "device-files",
                    "a file below /sys or /proc shows or drives a device",
                    "what its driver offers there",
                    "they are files, not devices",
                    "mount /sys read-only and mask /proc, as container runtimes do"));

    private DeviceWays() {}

    private static Way judged(String id, String what, String lets) {
        return Way.of(DEVICES, id, what, lets, asked(DEVICE), CONSTRUCTION);
    }

    private static Way unseen(String id, String what, String lets, String reason, String advice) {
        return Way.of(DEVICES, id, what, lets, new Judge.Unseen(reason), new Closing.Elsewhere(advice));
    }
}
