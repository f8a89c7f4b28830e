package org.ringwall.conformance.coverage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.loader.sys.Call;

/** Ways around `devices`: to /dev/zero, to block device 240:0 and to terminals, which the policies deny. */
final class DeviceDeeds {
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

    private DeviceDeeds() {}

    static Map<String, Deed> all() {
        Map<String, Deed> deeds = new LinkedHashMap<>();
        opens(deeds);
        nodes(deeds);
        deeds.put("open-device", os -> {
            long fd = os.open(ZERO, 0);
            return then -> then.read(fd);
        });
        deeds.put("passed-device", os -> {
            long[] pair = new Messages(os).pair();
            os.leave();
            new Messages(os).pass(pair[0], os.open(ZERO, 0));
            os.enter();
            return then -> then.read(new Messages(then).take(pair[1]));
        });
        deeds.put("device-from-device", Deed.at(os -> {
            long master = os.open("/dev/ptmx", RDWR | NOCTTY);
            os.withBytes(new byte[4], none -> os.call(Call.IOCTL, master, TIOCSPTLCK, none.address()));
            os.opened(os.call(Call.IOCTL, master, TIOCGPTPEER, RDWR | NOCTTY));
        }));
        deeds.put("device-files", Deed.at(os -> os.read(os.open("/sys/class/mem/zero/dev", 0))));
        return deeds;
    }

    private static void opens(Map<String, Deed> deeds) {
        deeds.put("reopen-device", os -> {
            long fd = os.open(ZERO, 0);
            return then -> then.open("/proc/self/fd/" + fd, RDWR);
        });
        deeds.put("other-node", os -> {
            String node = fresh();
            os.mknod(node, S_IFCHR | OWNER, ZERO_NUMBER);
            return then -> {
                then.read(then.open(node, 0));
            };
        });
        deeds.put("mount-device", os -> {
            String node = fresh();
            os.mknod(node, S_IFBLK | OWNER, NO_DISK);
            return then -> {
                try {
                    then.mount(node, folder().toString(), diskFileSystem());
                } catch (Refused e) {
                    // There is no such disk, and the kernel has looked for it: the hook is asked before.
                    if (e.errno() != ENXIO) {
                        throw e;
                    }
                }
            };
        });
        deeds.put("uring-open", Deed.at(os -> os.read(new Uring(os).open(ZERO))));
        deeds.put("path-descriptor", Deed.at(os -> os.open(ZERO, O_PATH)));
    }

    private static void nodes(Map<String, Deed> deeds) {
        deeds.put("make-node", made(S_IFCHR, ZERO_NUMBER));
        deeds.put("make-whiteout", made(S_IFCHR, 0));
        deeds.put("make-fifo", made(S_IFIFO, 0));
        deeds.put("node-attributes", os -> {
            String node = fresh();
            os.mknod(node, S_IFCHR | OWNER, ZERO_NUMBER);
            return then -> then.chmod(node, 0640);
        });
    }

    private static Deed made(int type, long number) {
        return Deed.at(os -> os.mknod(fresh(), type | OWNER, number));
    }

    /** A folder that goes with the mount namespace. */
    private static Path folder() {
        try {
            return Files.createTempDirectory(WayServer.SCRATCH, "way");
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
