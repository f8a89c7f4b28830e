package org.ringwall.conformance.coverage;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.loader.sys.Call;

/** Ways around `sysctl`: to kernel/hostname, which the policies deny. */
final class SysctlDeeds {
    static final String HOSTNAME = "/proc/sys/kernel/hostname";

    private SysctlDeeds() {}

    static Map<String, Deed> all() {
        Map<String, Deed> deeds = new LinkedHashMap<>();
        deeds.put("open-sysctl", os -> {
            long fd = os.open(HOSTNAME, 0);
            return then -> then.read(fd);
        });
        deeds.put("other-proc", os -> {
            String target = WayServer.SCRATCH.resolve("proc").toString();
            WayServer.SCRATCH.resolve("proc").toFile().mkdir();
            os.mount("proc", target, "proc");
            return then -> {
                try {
                    then.read(then.open(target + "/sys/kernel/hostname", 0));
                } finally {
                    then.unmount(target);
                }
            };
        });
        deeds.put("uring-read", Deed.at(os -> new Uring(os).read(os.open(HOSTNAME, 0))));
        deeds.put("open-only", Deed.at(os -> os.open(HOSTNAME, 0)));
        deeds.put("other-calls", Deed.at(os -> {
            byte[] name = "ringwall-test".getBytes(StandardCharsets.US_ASCII);
            os.withBytes(name, block -> os.call(Call.SETHOSTNAME, block.address(), name.length));
        }));
        return deeds;
    }
}
