// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.sys.Call;

/**
 * Bypasses of `devices`: to /dev/zero, to block device 240:0, to terminals and to TUN devices,
 * which the policies of the tests deny.
 */
final class DeviceDrivers {
    private static final String ZERO = "/dev/zero";
    private static final int S_IFIFO = 0x1000;
    private static final int S_IFCHR = 0x2000;
    private static final int S_IFBLK = 0x6000;
    private static final int OWNER = 0600;
    private static final int RDWR = 2;
    private static final int NOCTTY = 0x100;
    private static final int O_PATH = 0x200000;
    private static final int ENXIO = 6;
    private static final long ZERO_NUMBER = 1 << 8 | 5;
    private static final long NO_DISK = 240 << 8;
    private static final int TIOCSPTLCK = 0x40045431;
    private static final int TIOCGPTPEER = 0x5441;
    private static final int TUNSETIFF = 0x400454CA;
    private static final int IFF_TUN_NO_PI = 0x1001;
    private static final int IFREQ = 40;
    private static final int IFNAMSIZ = 16;
    private static final int RENAME_WHITEOUT = 4;
    private static final int WRONLY = 1;
    private static final int ACCMODE = 3;
    private static final int TRUNC = 0x200;
    private static final int APPEND = 0x400;
    private static final int AT_FDCWD = -100;
    private static final int OPEN_HOW = 24;
    private static final int SET_STRING = 1;
    private static final int CREATE = 6;
    private static final int SYSLOG_ACTION_READ_ALL = 3;

    /**
     * Opens its controlling terminal as user 65534, and checks at the other end that it receives
     * what is written.
     */
    private static final String OWN_TERMINAL = """
        import fcntl, os, sys, termios
        os.setsid()
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        print('ready', flush=True)
        sys.stdin.readline()
        try:
            os.write(os.open('/dev/tty', os.O_RDWR), b'x')
            print(0 if os.read(master, 1) == b'x' else -1, flush=True)
        except OSError as error:
            print(error.errno, flush=True)
        """;

    private DeviceDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        opens(drivers);
        nodes(drivers);
        others(drivers);
        drivers.put("open-device", os -> {
            long fd = os.open(ZERO, 0);
            return then -> then.read(fd);
        });
        drivers.put("passed-device", os -> {
            long[] pair = new Messages(os).pair();
            os.leave();
            new Messages(os).pass(pair[0], os.open(ZERO, 0));
            os.enter();
            return then -> then.read(new Messages(then).take(pair[1]));
        });
        drivers.put("device-from-device", BypassDriver.at(os -> {
            long master = os.open("/dev/ptmx", RDWR | NOCTTY);
            os.withBytes(new byte[4], none -> os.call(Call.IOCTL, master, TIOCSPTLCK, none.address()));
            os.opened(os.call(Call.IOCTL, master, TIOCGPTPEER, RDWR | NOCTTY));
        }));
        drivers.put("device-files", BypassDriver.at(os -> os.read(os.open("/sys/class/mem/zero/dev", 0))));
        return drivers;
    }

    private static void others(Map<String, BypassDriver> drivers) {
        drivers.put("own-terminal", os -> {
            PythonProcess process = PythonProcess.start(OWN_TERMINAL);
            return then -> {
                try (process) {
                    process.goOn("open /dev/tty");
                }
            };
        });
        drivers.put("read-ioctl", BypassDriver.at(os -> {
            long fd = os.open("/dev/net/tun", 0);
            byte[] request = ByteBuffer.allocate(IFREQ)
                    .order(ByteOrder.nativeOrder())
                    .putShort(IFNAMSIZ, (short) IFF_TUN_NO_PI)
                    .array();
            os.withBytes(request, block -> os.call(Call.IOCTL, fd, TUNSETIFF, block.address()));
        }));
        drivers.put("twin-call", BypassDriver.at(os -> {
            byte[] log = new byte[128];
            os.withBytes(log, block -> os.call(Call.SYSLOG, SYSLOG_ACTION_READ_ALL, block.address(), log.length));
        }));
        drivers.put("shared-ring", os -> {
            os.leave();
            SharedRing ring = SharedRing.of(os, ZERO);
            os.enter();
            return then -> {
                try (ring) {
                    ring.openAndRead();
                }
            };
        });
    }

    private static void opens(Map<String, BypassDriver> drivers) {
        drivers.put("reopen-device", os -> {
            long fd = os.open(ZERO, 0);
            return then -> then.open("/proc/self/fd/" + fd, RDWR);
        });
        drivers.put("other-node", os -> {
            String node = fresh();
            os.mknod(node, S_IFCHR | OWNER, ZERO_NUMBER);
            return then -> {
                then.read(then.open(node, 0));
            };
        });
        drivers.put("mount-device", toNoDisk((os, node) -> os.mount(node, folder().toString(), diskFileSystem())));
        drivers.put(
                "mount-device:swapon",
                toNoDisk((os, node) -> os.withText(node, name -> os.call(Call.SWAPON, name.address(), 0))));
        drivers.put("mount-device:fsconfig", toNoDisk(DeviceDrivers::mountInSteps));
        drivers.put("uring-open", BypassDriver.at(os -> os.read(new Uring(os).open(ZERO))));
        drivers.put("other-node:truncate", BypassDriver.at(os -> os.open(ZERO, WRONLY | TRUNC)));
        drivers.put("other-node:append", BypassDriver.at(os -> os.open(ZERO, WRONLY | APPEND)));
        drivers.put("other-node:ioctl-access", BypassDriver.at(os -> os.open(ZERO, ACCMODE)));
        drivers.put(
                "other-node:openat2",
                BypassDriver.at(os -> os.withText(
                        ZERO,
                        path -> os.withBytes(
                                new byte[OPEN_HOW],
                                how -> os.opened(
                                        os.call(Call.OPENAT2, AT_FDCWD, path.address(), how.address(), OPEN_HOW))))));
        drivers.put("path-descriptor", BypassDriver.at(os -> os.open(ZERO, O_PATH)));
    }

    private static void nodes(Map<String, BypassDriver> drivers) {
        drivers.put("make-node", made(S_IFCHR, ZERO_NUMBER));
        drivers.put("make-whiteout", made(S_IFCHR, 0));
        drivers.put("make-whiteout:rename", os -> {
            String file = fresh();
            try {
                Files.createFile(Path.of(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return then -> then.rename(file, file + ".moved", RENAME_WHITEOUT);
        });
        drivers.put("foreign-node", os -> {
            String target = folder().toString();
            return then -> {
                then.mount("dev", target, "devtmpfs");
                try {
                    then.chmod(target + "/zero", 0666);
                } finally {
                    then.unmount(target);
                }
            };
        });
        drivers.put("make-fifo", made(S_IFIFO, 0));
        drivers.put("node-attributes", os -> {
            String node = fresh();
            os.mknod(node, S_IFCHR | OWNER, ZERO_NUMBER);
            return then -> then.chmod(node, 0640);
        });
    }

    private interface ToNode {
        void take(Os os, String node);
    }

    /**
     * Returns a driver that opens the block device of a node. No such disk exists; the kernel
     * looks for it only after the hook.
     */
    private static BypassDriver toNoDisk(ToNode bypass) {
        return os -> {
            String node = fresh();
            os.mknod(node, S_IFBLK | OWNER, NO_DISK);
            return then -> {
                try {
                    bypass.take(then, node);
                } catch (Refused e) {
                    if (e.errno() != ENXIO) {
                        throw e;
                    }
                }
            };
        };
    }

    /** Calls fsopen, and fsconfig with the source and with FSCONFIG_CMD_CREATE. */
    private static void mountInSteps(Os os, String node) {
        os.withText(diskFileSystem(), type -> {
            long context = os.opened(os.call(Call.FSOPEN, type.address(), 0));
            os.withText(
                    "source",
                    key -> os.withText(
                            node,
                            value -> os.call(Call.FSCONFIG, context, SET_STRING, key.address(), value.address(), 0)));
            os.call(Call.FSCONFIG, context, CREATE, 0, 0, 0);
        });
    }

    private static BypassDriver made(int type, long number) {
        return BypassDriver.at(os -> os.mknod(fresh(), type | OWNER, number));
    }

    /** Returns a directory that every user can search; it disappears with the mount namespace. */
    static Path folder() {
        try {
            Path made = Files.createTempDirectory(BypassServer.SCRATCH, "way");
            return Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String fresh() {
        return folder().resolve("node").toString();
    }

    private static String diskFileSystem() {
        try {
            List<String> all = Files.readAllLines(Path.of("/proc/filesystems"));
            return all.stream()
                    .filter(line -> line.startsWith("\t"))
                    .findFirst()
                    .map(String::strip)
                    .orElseThrow(() -> new IllegalStateException("no file system for disks"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
