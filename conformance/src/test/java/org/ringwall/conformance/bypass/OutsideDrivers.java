// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bypasses of every block in which a process outside of the cgroup does what the policies deny.
 */
final class OutsideDrivers {
    /**
     * Does what each policy of the tests denies, and writes the result to the file that is the
     * argument.
     */
    private static final String EVERYTHING = """
            import os, sys
            from socket import *
            def everything():
                listener, receiver = socket(), socket(AF_INET, SOCK_DGRAM)
                for each in listener, receiver:
                    each.bind(('127.0.0.1', 0))
                    each.settimeout(600)
                listener.listen()
                datagrams = socket(AF_INET, SOCK_DGRAM)
                datagrams.setsockopt(SOL_SOCKET, SO_PRIORITY, 1)
                datagrams.bind(('127.0.0.1', 4660))
                datagrams.sendto(b'*', receiver.getsockname())
                receiver.recv(1)
                stream = socket()
                stream.settimeout(600)
                stream.connect(listener.getsockname())
                listener.accept()
                with open('/dev/zero', 'rb', 0) as device, open('/proc/sys/kernel/hostname') as setting:
                    device.read(1), setting.read()
            try:
                everything()
                end = 0
            except OSError as e:
                end = e.errno or -1
            with open(sys.argv[1] + '.new', 'w') as file:
                file.write(str(end))
            os.rename(sys.argv[1] + '.new', sys.argv[1])
            """;

    /**
     * A process of another cgroup that waits for its standard input; `exec` makes it traceable by
     * its own user again.
     */
    private static final String VICTIM = """
            nobody()
            os.execv('/bin/sh', ['sh', '-c', 'echo 0; read line'])
            """;

    /** Makes the victim, which waits in read, call execve: struct user_regs_struct of x86-64. */
    private static final String TRACER = """
            if os.uname().machine != 'x86_64':
                return errno.ENOSYS
            nobody()
            victim, folder = int(words[0]), words[1]
            libc.ptrace.restype = ctypes.c_long
            libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
            def trace(request, at, data):
                checked(libc.ptrace(request, victim, at, data), 'ptrace')
            go()
            trace(16, None, None) # PTRACE_ATTACH
            os.waitpid(victim, 0)
            registers = (ctypes.c_uint64 * 27)()
            trace(12, None, ctypes.addressof(registers)) # PTRACE_GETREGS
            base = registers[19] & ~15
            memory = os.open('/proc/%d/mem' % victim, os.O_WRONLY)
            os.pwrite(memory, struct.pack('=2Q', base + 16, 0) + (folder + '/helper').encode() + bytes(1), base)
            os.close(memory)
            registers[10], registers[14], registers[13], registers[12] = 59, base + 16, base, 0 # execve
            registers[15] = 2**64 - 1
            registers[16] -= 2
            trace(13, None, ctypes.addressof(registers)) # PTRACE_SETREGS
            trace(17, None, None) # PTRACE_DETACH
            return result(folder + '/result')
            """;

    /** A service outside that does everything for every process that connects. */
    private static final String SERVICE = """
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(words[0] + '/service')
            listener.listen()
            print(0, flush=True)
            listener.accept()
            os.execv(words[0] + '/helper', ['helper'])
            """;

    private static final String CLIENT = """
            go()
            stream = socket.socket(socket.AF_UNIX)
            stream.connect(words[0] + '/service')
            return result(words[0] + '/result')
            """;

    /** A process outside that runs a file as soon as it exists. */
    private static final String RUNNER = """
            print(0, flush=True)
            while not os.path.exists(words[0] + '/job'):
                time.sleep(0.01)
            os.execv(words[0] + '/job', ['job'])
            """;

    private static final String WRITER = """
            go()
            os.link(words[0] + '/helper', words[0] + '/job')
            return result(words[0] + '/result')
            """;

    /** Runs as user 0 without a capability. */
    private static final String CORE_PATTERN = """
            pattern, folder = '/proc/sys/kernel/core_pattern', words[0]
            with open(pattern) as file:
                before = file.read()
            capabilities()
            go()
            put(pattern, '|' + folder + '/helper')
            try:
                child = os.fork()
                if child == 0:
                    os.kill(os.getpid(), signal.SIGSEGV)
                os.waitpid(child, 0)
                return result(folder + '/result')
            finally:
                put(pattern, before)
            """;

    /** Runs as user 0 with CAP_SYS_ADMIN only. */
    private static final String RELEASE_AGENT = """
            folder = words[0]
            place, name = folder + '/hierarchy', b'none,name=ringwall-%d' % os.getpid()
            os.mkdir(place)
            capabilities(21)
            go()
            checked(libc.mount(b'none', place.encode(), b'cgroup', 0, name), 'mount')
            try:
                os.chmod(place, 0o755)
                os.mkdir(place + '/child')
                put(place + '/release_agent', folder + '/helper')
                put(place + '/child/notify_on_release', '1')
                child = os.fork()
                if child == 0:
                    put(place + '/child/cgroup.procs', '0')
                    os._exit(0)
                os.waitpid(child, 0)
                end = result(folder + '/result')
                os.rmdir(place + '/child')
                return end
            finally:
                libc.umount2(place.encode(), 2)
            """;

    /** The example of keyutils: request-key.conf lets /bin/cat create keys with this name. */
    private static final String REQUEST_KEY = """
            request, control = {'x86_64': (249, 250), 'aarch64': (218, 219)}[os.uname().machine]
            nobody()
            go()
            key = libc.syscall(request, b'user', b'debug:loop:ringwall', b'42', -2)
            checked(key, 'request_key')
            value = ctypes.create_string_buffer(16)
            checked(libc.syscall(control, 11, key, value, 16), 'keyctl')
            return 0 if value.value.startswith(b'42') else errno.EBADMSG
            """;

    /** Starts a child in the other cgroup: struct clone_args of include/uapi/linux/sched.h. */
    private static final String CLONE = """
            folder, cgroup = words[0], os.open(words[1], os.O_RDONLY | os.O_DIRECTORY)
            arguments = ctypes.create_string_buffer(struct.pack('=11Q', 1 << 33, 0, 0, 0, 17, 0, 0, 0, 0, 0, cgroup))
            go()
            child = checked(libc.syscall(435, arguments, 88), 'clone3')
            if child == 0:
                os.execv(folder + '/helper', ['helper'])
            os.waitpid(child, 0)
            return result(folder + '/result')
            """;

    /** Moves the process by a mount of its own; both cgroups are in the same directory. */
    private static final String REMOUNT = """
            folder, other = words[0], os.path.basename(words[1])
            with open('/proc/self/cgroup') as file:
                own = [line.strip()[3:] for line in file if line.startswith('0::')][0]
            place = folder + '/cgroups'
            os.mkdir(place)
            go()
            checked(libc.mount(b'none', place.encode(), b'cgroup2', 0, None), 'mount')
            try:
                put(place + os.path.dirname(own) + '/' + other + '/cgroup.procs', str(os.getpid()))
            finally:
                libc.umount2(place.encode(), 2)
            if os.fork() == 0:
                os.execv(folder + '/helper', ['helper'])
            return result(folder + '/result')
            """;

    /**
     * Detaches every link of its own cgroup, with CAP_SYS_ADMIN only. struct bpf_link_info names
     * the cgroup by its inode number.
     */
    private static final String DETACHER = """
            number = {'x86_64': 321, 'aarch64': 280}[os.uname().machine]
            cgroup = os.stat(words[0]).st_ino
            def bpf(command, attributes):
                return checked(libc.syscall(number, command, attributes, len(attributes)), 'bpf')
            capabilities(21)
            go()
            request = ctypes.create_string_buffer(16)
            while True:
                try:
                    bpf(31, request) # BPF_LINK_GET_NEXT_ID
                except FileNotFoundError:
                    return 0
                following = struct.unpack_from('=I', request, 4)[0]
                struct.pack_into('=I', request, 0, following)
                try:
                    link = bpf(30, struct.pack('=4I', following, 0, 0, 0)) # BPF_LINK_GET_FD_BY_ID
                except FileNotFoundError: # a link of another test, which has ended
                    continue
                info = ctypes.create_string_buffer(64)
                asked = ctypes.create_string_buffer(struct.pack('=IIQ', link, 64, ctypes.addressof(info)), 16)
                bpf(15, asked) # BPF_OBJ_GET_INFO_BY_FD
                if struct.unpack_from('=4IQ', info)[4] == cgroup:
                    bpf(34, struct.pack('=4I', link, 0, 0, 0)) # BPF_LINK_DETACH
                os.close(link)
            """;

    private OutsideDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put(
                "traced-process",
                os -> withHelper(folder -> {
                    Script victim = outside(os, VICTIM, folder);
                    Script tracer = Script.start(TRACER, Long.toString(victim.pid()), folder);
                    return ending(victim, tracer);
                }));
        drivers.put(
                "asked-process",
                os -> withHelper(folder -> ending(outside(os, SERVICE, folder), Script.start(CLIENT, folder))));
        drivers.put(
                "asked-process:file",
                os -> withHelper(folder -> ending(outside(os, RUNNER, folder), Script.start(WRITER, folder))));
        drivers.put("sysctl-helper", os -> withHelper(folder -> alone(Script.start(CORE_PATTERN, folder))));
        drivers.put("file-helper", os -> withHelper(folder -> alone(Script.start(RELEASE_AGENT, folder))));
        drivers.put("key-helper", Script.driver(REQUEST_KEY));
        drivers.put("leave-cgroup:clone", os -> withHelper(folder -> alone(Script.start(CLONE, folder, os.outside()))));
        drivers.put(
                "leave-cgroup:mount", os -> withHelper(folder -> alone(Script.start(REMOUNT, folder, os.outside()))));
        drivers.put("detached-policy", os -> {
            Script detacher = Script.start(DETACHER, os.inside());
            BypassDriver.Act straight = HostDrivers.everything(os);
            return then -> {
                detacher.go();
                straight.take(then);
            };
        });
        return drivers;
    }

    private static Script outside(Os os, String body, String folder) {
        os.leave();
        try {
            return Script.start(body, folder);
        } finally {
            os.enter();
        }
    }

    private static BypassDriver.Act alone(Script script) {
        return then -> script.go();
    }

    private static BypassDriver.Act ending(Script outside, Script inside) {
        return then -> {
            try {
                inside.go();
            } finally {
                outside.end();
            }
        };
    }

    private interface InFolder {
        BypassDriver.Act prepare(String folder);
    }

    /**
     * Creates a directory with the program and a script that runs it without arguments and
     * environment; removes it afterwards.
     */
    private static BypassDriver.Act withHelper(InFolder use) {
        try {
            Path folder = Files.createTempDirectory("ringwall-way");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
            Files.writeString(folder.resolve("everything.py"), EVERYTHING);
            Path helper = folder.resolve("helper");
            Files.writeString(
                    helper,
                    "#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin exec python3 %s/everything.py %s/result\n"
                            .formatted(folder, folder));
            Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
            BypassDriver.Act act = use.prepare(folder.toString());
            return then -> {
                try {
                    act.take(then);
                } finally {
                    remove(folder);
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path folder) {
        try (var files = Files.list(folder)) {
            files.forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        folder.toFile().delete();
    }
}
