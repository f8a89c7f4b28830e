// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.sys.Call;

/**
 * Bypasses of `devices` to a loop device with a file system, which the policies of the tests deny.
 */
final class DiskDrivers {
    private static final int WRONLY_CREAT = 0x41;
    private static final int RDWR = 2;
    private static final long MS_RDONLY = 1;
    private static final long MS_REMOUNT = 32;
    private static final long Q_SYNC_USERS = 0x800001L << 8;
    private static final int LOOP_CHANGE_FD = 0x4C06;
    private static final int LOOP_CTL_ADD = 0x4C80;
    private static final int LOOP_CTL_REMOVE = 0x4C81;
    private static final int CHARACTER_NODE = 0x2000 | 0600;
    private static final int EVERYBODY = 0666;

    /** The device number of /dev/loop-control. */
    private static final long LOOP_CONTROL = 10 << 8 | 237;

    /** The number of the first loop device of this test. */
    private static final long FIRST = 100_000;

    private static final long NUMBERS = 900_000;

    private DiskDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("mounted-disk", os -> {
            Mounted first = Mounted.make(os);
            String again = DeviceDrivers.folder().toString();
            return then -> {
                try {
                    then.mount(first.disk().path(), again, LoopDisk.TYPE);
                    then.open(again + "/lost+found", 0);
                } finally {
                    then.closeAll();
                    then.unmount(again);
                    then.unmount(first.target());
                }
            };
        });
        drivers.put("disk-by-name", os -> {
            Mounted mounted = Mounted.make(os);
            return then -> {
                try {
                    then.unprivileged(() -> then.withText(
                            mounted.disk().path(),
                            node -> then.call(Call.QUOTACTL, Q_SYNC_USERS, node.address(), 0, 0)));
                } finally {
                    then.unmount(mounted.target());
                }
            };
        });
        drivers.put("remount", os -> {
            Path folder = DeviceDrivers.folder();
            LoopDisk disk = LoopDisk.attach(os, folder.resolve("image"));
            String target = DeviceDrivers.folder().toString();
            return then -> {
                then.mount(disk.path(), target, LoopDisk.TYPE, MS_RDONLY);
                try {
                    then.mount("", target, "", MS_REMOUNT);
                    then.open(target + "/written", WRONLY_CREAT);
                } finally {
                    then.closeAll();
                    then.unmount(target);
                }
            };
        });
        others(drivers);
        return drivers;
    }

    private static void others(Map<String, BypassDriver> drivers) {
        drivers.put("other-number", os -> {
            Path folder = DeviceDrivers.folder();
            String node = LoopDisk.attach(os, folder.resolve("image")).partition(os, folder.resolve("node"));
            os.chmod(node, EVERYBODY);
            return then -> then.unprivileged(() -> then.read(then.open(node, 0)));
        });
        drivers.put("read-ioctl:loop", os -> {
            Path folder = DeviceDrivers.folder();
            String node = LoopDisk.readOnly(os, folder.resolve("image")).node(os, folder.resolve("node"));
            os.chmod(node, EVERYBODY);
            LoopDisk.write(folder.resolve("other"));
            long other = os.open(folder.resolve("other").toString(), RDWR);
            return then -> then.unprivileged(() -> then.call(Call.IOCTL, then.open(node, 0), LOOP_CHANGE_FD, other));
        });
        drivers.put("control-device", os -> {
            String node = DeviceDrivers.folder().resolve("node").toString();
            os.mknod(node, CHARACTER_NODE, LOOP_CONTROL);
            os.chmod(node, EVERYBODY);
            long number = FIRST + ProcessHandle.current().pid() % NUMBERS;
            return then -> then.unprivileged(() -> {
                long fd = then.open(node, RDWR);
                then.call(Call.IOCTL, fd, LOOP_CTL_ADD, number);
                then.call(Call.IOCTL, fd, LOOP_CTL_REMOVE, number);
            });
        });
    }

    /** A mounted disk. */
    private record Mounted(LoopDisk disk, String target) {
        static Mounted make(Os os) {
            LoopDisk disk = LoopDisk.attach(os, DeviceDrivers.folder().resolve("image"));
            String target = DeviceDrivers.folder().toString();
            os.mount(disk.path(), target, LoopDisk.TYPE);
            return new Mounted(disk, target);
        }
    }
}
