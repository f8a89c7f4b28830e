// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;

/**
 * The process that performs the bypasses. It creates its namespaces outside of the cgroup, as a
 * container runtime does, so that their control sockets do not belong to the cgroup. It then
 * enters the cgroup that its first argument names.
 *
 * <p>It answers each line that it reads with one line: `prepare ID` gives `0 ready`, `take` gives
 * `ERRNO STEP`, where ERRNO is 0 if the bypass got through.
 */
public final class BypassServer {
    /** The mount point of a tmpfs that only this process sees. */
    static final Path SCRATCH = Path.of("/mnt");

    private static final int CLONE_NEWNS = 0x20000;
    private static final int CLONE_NEWUTS = 0x4000000;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int MS_REC_PRIVATE = 0x44000;
    private static final int SIOCSIFFLAGS = 0x8914;

    private final Map<String, BypassDriver> drivers = all();
    private final Os os;
    private BypassDriver.Act act = then -> {
        throw new IllegalStateException("nothing was prepared");
    };

    private BypassServer(Os os) {
        this.os = os;
    }

    /**
     * Runs the server; `args` are the directories of the cgroup with the policies and of another
     * one.
     */
    public static void main(String[] args) throws IOException {
        Syscalls syscalls = Syscalls.ofThisMachine();
        try (NativeArena arena = new NativeArena(syscalls)) {
            Os os = new Os(syscalls, arena, Path.of(args[0]), Path.of(args[1]));
            isolate(os);
            os.enter();
            new BypassServer(os).serve();
        }
    }

    /**
     * Returns the drivers by the ids of their bypasses, with the control case
     * {@link BypassProcess#STRAIGHT}.
     */
    static Map<String, BypassDriver> drivers() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.putAll(EgressDrivers.all());
        drivers.putAll(PacketDrivers.all());
        drivers.putAll(SourceRouteDrivers.all());
        drivers.putAll(SourceDrivers.all());
        drivers.putAll(RewriteDrivers.all());
        drivers.putAll(CgroupPacketDrivers.all());
        drivers.putAll(NetworkDrivers.all());
        drivers.putAll(CopyDrivers.all());
        drivers.putAll(TornDrivers.all());
        drivers.putAll(UnixDrivers.all());
        drivers.putAll(TranslationDrivers.all());
        drivers.putAll(OptionDrivers.all());
        drivers.putAll(OptionMessageDrivers.all());
        drivers.putAll(OptionFlagDrivers.all());
        drivers.putAll(OptionTwinDrivers.all());
        drivers.putAll(OptionElsewhereDrivers.all());
        drivers.putAll(BindDrivers.all());
        drivers.putAll(SocketDrivers.all());
        drivers.putAll(DeviceDrivers.all());
        drivers.putAll(DiskDrivers.all());
        drivers.putAll(SysctlDrivers.all());
        drivers.putAll(HostDrivers.all());
        drivers.putAll(OutsideDrivers.all());
        return drivers;
    }

    private static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = drivers();
        drivers.putAll(AnyDrivers.all());
        return drivers;
    }

    private static void isolate(Os os) throws IOException {
        os.call(Call.UNSHARE, CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS);
        os.withText("/", root -> os.call(Call.MOUNT, 0, root.address(), 0, MS_REC_PRIVATE, 0));
        os.mount("scratch", SCRATCH.toString(), "tmpfs");
        long fd = os.socket(Sockaddr.INET, Os.DGRAM, Os.UDP);
        ByteBuffer up = ByteBuffer.allocate(40).put(new byte[] {'l', 'o'}).put(16, (byte) 1);
        os.withBytes(up.array(), request -> os.call(Call.IOCTL, fd, SIOCSIFFLAGS, request.address()));
        os.closeAll();
        Files.writeString(Path.of("/proc/sys/net/ipv4/ping_group_range"), "0 2147483647");
    }

    private void serve() throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        out.println("0 ready");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line.split(" ", -1)));
        }
    }

    private String answer(String[] words) {
        try {
            if (words[0].equals("prepare")) {
                os.closeAll();
                act = driver(words[1]).prepare(os);
                return "0 ready";
            }
            act.take(os);
            return "0 through";
        } catch (Refused e) {
            return e.errno() + " " + e.step();
        } catch (RuntimeException e) {
            return "-1 " + e;
        }
    }

    private BypassDriver driver(String id) {
        BypassDriver driver = drivers.get(id);
        if (driver == null) {
            throw new IllegalArgumentException("no driver for the bypass " + id);
        }
        return driver;
    }
}
