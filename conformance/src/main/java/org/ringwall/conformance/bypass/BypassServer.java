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
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.Syscalls;

/**
 * The process that takes the ways. It makes namespaces of its own outside of the cgroup, as a container runtime does, so
 * that their control sockets do not belong to the cgroup, and enters the first cgroup of its arguments. It answers one
 * line for each line read: `prepare ID` gives `0 ready`, `take` gives `ERRNO STEP`, 0 if the way led through.
 */
public final class BypassServer {
    /** A tmpfs that only this process sees. */
    static final Path SCRATCH = Path.of("/mnt");

    private static final int CLONE_NEWNS = 0x20000;
    private static final int CLONE_NEWUTS = 0x4000000;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int MS_REC_PRIVATE = 0x44000;
    private static final int SIOCSIFFLAGS = 0x8914;

    private final Map<String, BypassDriver> deeds = all();
    private final Os os;
    private BypassDriver.Act act = then -> {
        throw new IllegalStateException("nothing was prepared");
    };

    private BypassServer(Os os) {
        this.os = os;
    }

    /** `args` are the cgroup that policies are put on, and another one. */
    public static void main(String[] args) throws IOException {
        Syscalls syscalls = Syscalls.ofThisMachine();
        try (NativeArena arena = new NativeArena(syscalls)) {
            Os os = new Os(syscalls, arena, Path.of(args[0]), Path.of(args[1]));
            isolate(os);
            os.enter();
            new BypassServer(os).serve();
        }
    }

    /** The deeds by the ids of their ways, and the straight way. */
    static Map<String, BypassDriver> deeds() {
        Map<String, BypassDriver> deeds = new LinkedHashMap<>();
        deeds.putAll(EgressDrivers.all());
        deeds.putAll(PacketDrivers.all());
        deeds.putAll(SourceRouteDrivers.all());
        deeds.putAll(SourceDeeds.all());
        deeds.putAll(RewriteDeeds.all());
        deeds.putAll(CgroupPacketDrivers.all());
        deeds.putAll(NetworkDrivers.all());
        deeds.putAll(OptionDrivers.all());
        deeds.putAll(OptionMessageDeeds.all());
        deeds.putAll(OptionFlagDeeds.all());
        deeds.putAll(OptionTwinDeeds.all());
        deeds.putAll(BindDrivers.all());
        deeds.putAll(SocketDrivers.all());
        deeds.putAll(DeviceDrivers.all());
        deeds.putAll(DiskDeeds.all());
        deeds.putAll(SysctlDrivers.all());
        deeds.putAll(HostDrivers.all());
        deeds.putAll(OutsideDeeds.all());
        return deeds;
    }

    private static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> deeds = deeds();
        deeds.putAll(AnyDrivers.all());
        return deeds;
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
                act = deed(words[1]).prepare(os);
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

    private BypassDriver deed(String id) {
        BypassDriver deed = deeds.get(id);
        if (deed == null) {
            throw new IllegalArgumentException("no driver for the bypass " + id);
        }
        return deed;
    }
}
