// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.util.LinkedHashMap;
import java.util.Map;

/** Bypasses of `sysctl`: to kernel/hostname, which the policies of the tests deny. */
final class SysctlDrivers {
    static final String HOSTNAME = "/proc/sys/kernel/hostname";

    /** Runs with CAP_SYS_ADMIN only. */
    private static final String SETHOSTNAME = """
            capabilities(21)
            go()
            checked(libc.sethostname(b'ringwall-test', 13), 'sethostname')
            """;

    /** Runs as user 0 without a capability; binfmt_misc is enabled unless a host disables it. */
    private static final String ENABLE_FORMATS = """
            capabilities()
            go()
            with open('/proc/sys/fs/binfmt_misc/status') as file:
                file.read()
            put('/proc/sys/fs/binfmt_misc/status', '1')
            """;

    /**
     * Calls io_setup, io_submit and io_getevents: struct iocb and io_event of
     * include/uapi/linux/aio_abi.h.
     */
    private static final String AIO_READ = """
            setup, submit, events = {'x86_64': (206, 209, 208), 'aarch64': (0, 2, 4)}[os.uname().machine]
            context, buffer, event = ctypes.c_ulong(0), ctypes.create_string_buffer(64), (ctypes.c_int64 * 4)()
            checked(libc.syscall(setup, 1, ctypes.byref(context)), 'io_setup')
            block = ctypes.create_string_buffer(64)
            struct.pack_into('=QIIHhIQQ', block, 0, 0, 0, 0, 0, 0, setting, ctypes.addressof(buffer), 64)
            pointer = ctypes.c_void_p(ctypes.addressof(block))
            checked(libc.syscall(submit, context, ctypes.c_long(1), ctypes.byref(pointer)), 'io_submit')
            checked(libc.syscall(events, context, ctypes.c_long(1), ctypes.c_long(1), event, None), 'io_getevents')
            if event[2] < 0:
                return -event[2]
            """;

    private SysctlDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("open-sysctl", os -> {
            long fd = os.open(HOSTNAME, 0);
            return then -> then.read(fd);
        });
        drivers.put("other-proc", os -> {
            String target = BypassServer.SCRATCH.resolve("proc").toString();
            BypassServer.SCRATCH.resolve("proc").toFile().mkdir();
            os.mount("proc", target, "proc");
            return then -> {
                try {
                    then.read(then.open(target + "/sys/kernel/hostname", 0));
                } finally {
                    then.unmount(target);
                }
            };
        });
        drivers.put("uring-read", BypassDriver.at(os -> new Uring(os).read(os.open(HOSTNAME, 0))));
        drivers.put(
                "uring-read:worker", BypassDriver.at(os -> Uring.ofWorker(os).read(os.open(HOSTNAME, 0))));
        drivers.put(
                "uring-open:worker",
                BypassDriver.at(os -> os.read(Uring.ofWorker(os).open("/dev/zero"))));
        drivers.put("open-only", BypassDriver.at(os -> os.open(HOSTNAME, 0)));
        drivers.put("sysctl-alias", Script.driver("""
                capabilities(12)
                go()
                for family in 'ipv4', 'ipv6':
                    rewrite('/proc/sys/net/%s/conf/all/forwarding' % family)
                """));
        drivers.put("binfmt-misc", SysctlDrivers::formats);
        drivers.put("other-files", Script.driver("""
                capabilities()
                go()
                rewrite('/sys/module/kernel/parameters/panic')
                """));
        drivers.put("other-reads", Script.driver("nobody()\ngo()\nos.uname()\n"));
        drivers.put("other-calls", Script.driver(SETHOSTNAME));
        drivers.put("open-sysctl:pread", Script.driver(opened("os.pread(setting, 64, 0)")));
        drivers.put("open-sysctl:preadv", Script.driver(opened("os.preadv(setting, [bytearray(64)], 0)")));
        drivers.put("open-sysctl:sendfile", Script.driver(opened("os.sendfile(ends[1], setting, 0, 64)")));
        drivers.put("open-sysctl:splice-from", Script.driver(opened(splice("setting", "ends[1]"))));
        drivers.put("open-sysctl:aio", Script.driver(opened(AIO_READ)));
        drivers.put("open-sysctl:write", Script.driver(opened("os.write(setting, b'ringwall-test')")));
        drivers.put("open-sysctl:pwritev", Script.driver(opened("os.pwritev(setting, [b'ringwall-test'], 0)")));
        drivers.put("open-sysctl:splice-to", Script.driver(opened(splice("ends[0]", "setting"))));
        return drivers;
    }

    /**
     * Returns a program that uses the sysctl through a descriptor that was open before, and a pipe
     * that contains a name.
     */
    private static String opened(String use) {
        return """
                setting = os.open('%s', os.O_RDWR)
                ends = os.pipe()
                os.write(ends[1], b'ringwall-test')
                go()
                """.formatted(HOSTNAME) + use + "\n";
    }

    private static String splice(String from, String to) {
        return "checked(libc.splice(%s, None, %s, None, 13, 0), 'splice')".formatted(from, to);
    }

    private static BypassDriver.Act formats(Os os) {
        String place = "/proc/sys/fs/binfmt_misc";
        os.mount("binfmt_misc", place, "binfmt_misc");
        Script script = Script.start(ENABLE_FORMATS);
        return then -> {
            try {
                script.go();
            } finally {
                then.unmount(place);
            }
        };
    }
}
