// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.sys.Call;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of single requests whose answer by `why` depends on more than one program, on the socket,
 * or on what the kernel does before and after a hook.
 */
@KernelTest
class WhyRequestsKernelTest {
    private static final int SO_PRIORITY = 12;
    private static final int SO_MARK = 36;

    @TempDir
    private Path dir = Path.of("");

    private final ChildCgroup parent = ChildCgroup.make();
    private final ChildCgroup child = parent.child();
    private final Caller caller = Caller.in(child.path());
    private final TypedCommands commands = new TypedCommands();
    private final List<String> applied = new ArrayList<>();

    @AfterEach
    void clean() {
        applied.forEach(commands::remove);
        caller.close();
        child.close();
        parent.close();
    }

    private void apply(String name, ChildCgroup cgroup, String blocks) throws IOException {
        Path object = dir.resolve(name + ".o");
        String text = "policy " + name + "\n" + blocks;
        Files.write(object, PolicyObjects.elf(name + ".wall", text));
        commands.done("apply", object.toString(), "--cgroup", cgroup.path().toString());
        applied.add(name + "@main");
    }

    private List<String> why(String... probe) {
        return whyOf(caller.pid(), probe);
    }

    private List<String> whyOf(long pid, String... probe) {
        List<String> words = new ArrayList<>(List.of("why", "--pid", Long.toString(pid)));
        words.addAll(List.of(probe));
        return commands.done(words.toArray(String[]::new));
    }

    private String answer(String probe) {
        List<String> lines = why(probe);
        return lines.get(lines.size() - 1);
    }

    private long option(int option) {
        long fd = caller.tcp(4);
        byte[] length =
                ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(4).array();
        long result =
                caller.call(Call.GETSOCKOPT, fd, 1, option, new byte[4], length).result();
        caller.close(fd);
        return -result;
    }

    private long bind(String at) {
        long fd = caller.udp(at.startsWith("[") ? 6 : 4);
        long errno = caller.bind(fd, at);
        caller.close(fd);
        return errno;
    }

    @Test
    void aDenialOfGetsockoptIsKeptByLaterPolicies() throws IOException {
        apply("oa", child, "sockopt { deny if read and option == SO_MARK; default allow }");
        apply("ob", child, "sockopt { deny if read and option == SO_PRIORITY; default allow }");
        assertThat(option(SO_MARK)).isEqualTo(Errno.EPERM.number());
        assertThat(answer("getsockopt SO_MARK")).isEqualTo("=> denied with EPERM by oa@main, oa.wall:2");
        assertThat(option(SO_PRIORITY)).isEqualTo(Errno.EPERM.number());
        assertThat(answer("getsockopt SO_PRIORITY")).isEqualTo("=> denied with EPERM by ob@main, ob.wall:2");
        assertThat(option(3)).isEqualTo(0);
        assertThat(answer("getsockopt SO_TYPE")).isEqualTo("=> allowed");
    }

    @Test
    void theLastDenialOfGetsockoptGivesTheErrno() throws IOException {
        RunningKernel.needs(5, 18, "an errno other than EPERM");
        apply(
                "oa",
                child,
                "requires kernel 5.18\nsockopt { deny ENOENT if read and option == SO_MARK; default allow }");
        apply(
                "ob",
                child,
                "requires kernel 5.18\nsockopt { deny EACCES if read and option == SO_MARK; default allow }");
        long errno = option(SO_MARK);
        assertThat(answer("getsockopt SO_MARK"))
                .isEqualTo(
                        errno == Errno.EACCES.number()
                                ? "=> denied with EACCES by ob@main, ob.wall:3"
                                : "=> denied with ENOENT by oa@main, oa.wall:3");
        assertThat(errno).isIn((long) Errno.EACCES.number(), (long) Errno.ENOENT.number());
    }

    @Test
    void anAssignedResultOfGetsockoptWinsOverADenialThatIsNotKept() throws IOException {
        RunningKernel.needs(5, 18, "a program that clears the errno of an earlier one");
        apply("oa", child, """
                requires kernel 5.18
                sockopt {
                  deny ENOENT if read and option == SO_MARK
                  deny EACCES if read and option == SO_PRIORITY
                  default allow
                }
                """);
        apply("ob", child, """
                on getsockopt {
                  when option in { SO_MARK, SO_PRIORITY } { assign retval = 0 }
                  default allow
                }
                """);
        assertThat(option(SO_MARK)).isEqualTo(0);
        assertThat(answer("getsockopt SO_MARK")).isEqualTo("=> allowed");
        assertThat(option(SO_PRIORITY)).isEqualTo(Errno.EACCES.number());
        assertThat(answer("getsockopt SO_PRIORITY")).isEqualTo("=> denied with EACCES by oa@main, oa.wall:5");
    }

    @Test
    void aBindIsJudgedAgainOnceThePortIsTaken() throws IOException {
        apply("late", child, "on post_bind4 { deny if local.port == 7777; default allow }");
        apply("moved", child, """
                on bind4 {
                  when local.port == 7000 { assign local.port = 7777 }
                  default allow
                }
                on post_bind6 {
                  deny if local.port == 7778
                  default allow
                }
                """);
        String four = "=> denied with EPERM by late@main, late.wall:2";
        String six = "=> denied with EPERM by moved@main, moved.wall:7";
        for (List<String> each : List.of(
                List.of("127.0.0.1:7777", four),
                List.of("127.0.0.1:7000", four),
                List.of("127.0.0.1:7001", "=> allowed"),
                List.of("127.0.0.1:0", "=> allowed"),
                List.of("[::1]:7778", six),
                List.of("[::1]:7777", "=> allowed"))) {
            String at = each.get(0);
            assertThat(bind(at)).as(at).isEqualTo(each.get(1).equals("=> allowed") ? 0 : Errno.EPERM.number());
            assertThat(answer("bind udp " + at)).as(at).isEqualTo(each.get(1));
        }
        assertThat(why("bind udp 127.0.0.1:7000")).contains("  post_bind4 127.0.0.1:7777");
        assertThat(why("bind udp 127.0.0.1:0")).anyMatch(line -> line.startsWith("  assumed: port 0 at post_bind4, "));
        assertThat(why("bind udp 127.0.0.1:7000")).noneMatch(line -> line.contains("port 0"));
    }

    @Test
    void anAnswerThatDependsOnTheSocketSaysSo() throws IOException {
        apply("spread", child, """
                table to [remote.port] within { 127.0.0.0/8 } : 1..65535 max 8 choices 4 default deny
                egress {
                  redirect to if remote.port == 4400
                  default allow
                }
                """);
        apply("never", parent, "egress { deny if remote.ip == 127.0.0.3; default allow }");
        commands.done("table", "set", "spread/to", "4400", "=", "127.0.0.2:1", "127.0.0.3:1");
        String probe = "connect udp 127.0.0.1:4400";
        List<String> lines = why(probe);
        assertThat(lines.get(lines.size() - 1))
                .matches("=> (allowed|denied with EPERM by never@main, never.wall:2), "
                        + "unless the socket has another cookie: of cookies 1 to 64, \\d+ (are denied|are allowed)");
        assertThat(lines).anyMatch(line -> line.startsWith("  assumed: socket cookie 1, "));
        int denied = 0;
        for (int i = 0; i < 8; i++) {
            long fd = caller.udp(4);
            long cookie = caller.cookie(fd);
            boolean real = caller.connect(fd, "127.0.0.1:4400") == Errno.EPERM.number();
            caller.close(fd);
            denied += real ? 1 : 0;
            assertThat(answer(probe + " as cookie " + cookie))
                    .isEqualTo(real ? "=> denied with EPERM by never@main, never.wall:2" : "=> allowed");
        }
        assertThat(denied).isBetween(1, 7);
        assertThat(answer("connect udp 127.0.0.1:4401")).isEqualTo("=> allowed");
        assertThat(why("connect udp 127.0.0.1:4401")).noneMatch(line -> line.contains("cookie 1"));
        assertThat(String.join("", why("--json", probe)))
                .containsPattern("\"outcome\":\"(allowed|denied)-unless\"")
                .contains("\"other_sockets\":");
        commands.done("table", "set", "spread/to", "4400", "=", "127.0.0.2:1", "127.0.0.2:2");
        assertThat(answer(probe)).isEqualTo("=> allowed");
    }

    @Test
    void aThreadIsShownAsItsProcess() throws IOException {
        apply("self", child, "egress { deny if pid == " + caller.pid() + "; default allow }");
        long thread = 0;
        try (var tasks = Files.list(Path.of("/proc/" + caller.pid() + "/task"))) {
            thread = tasks.map(Path::getFileName)
                    .mapToLong(name -> Long.parseLong(name.toString()))
                    .filter(id -> id != caller.pid())
                    .findFirst()
                    .orElseThrow();
        }
        String denied = "=> denied with EPERM by self@main, self.wall:2";
        assertThat(answer("connect udp 127.0.0.1:9")).isEqualTo(denied);
        assertThat(whyOf(thread, "connect udp 127.0.0.1:9"))
                .contains(denied)
                .anyMatch(line -> line.startsWith("  by process " + caller.pid() + " ("))
                .anyMatch(line -> line.startsWith("  assumed: the user, group and name of thread "));
        long fd = caller.udp(4);
        assertThat(caller.connect(fd, "127.0.0.1:9")).isEqualTo(Errno.EPERM.number());
        caller.close(fd);
    }

    @Test
    void requestsThatInvokeNoHookAreSaid() throws IOException {
        apply("strict", child, """
                devices { deny m; default allow }
                egress {
                  deny if remote.ip == 127.0.0.1 and type == dgram
                  default allow
                }
                """);
        assertThat(why("mknod char 0:0"))
                .contains("  assumed: the kernel invokes no hook for a whiteout, `char 0:0`", "=> allowed");
        byte[] node = (dir.resolve("whiteout") + "\0").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(caller.call(Call.MKNODAT, -100, node, 0x2000 | 0x180, 0).result())
                .isEqualTo(0);
        assertThat(answer("mknod block 0:0")).startsWith("=> denied");
        assertThat(answer("mknod char 1:3")).startsWith("=> denied");
        long fd = caller.udp(4);
        assertThat(caller.send(fd, "x", "127.0.0.1:0")).isEqualTo(-Errno.EINVAL.number());
        assertThat(caller.send(fd, "x", "127.0.0.1:9")).isEqualTo(-Errno.EPERM.number());
        caller.close(fd);
        assertThat(answer("send udp 127.0.0.1:9")).startsWith("=> denied");
        assertThat(why("send udp 127.0.0.1:0"))
                .contains("  assumed: the kernel refuses port 0 with EINVAL before the hook", "=> allowed");
    }

    @Test
    @HangGuard
    void anObjectThatIsAFifoIsRefused() throws IOException, InterruptedException {
        Path fifo = dir.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isEqualTo(0);
        TypedCommands.Said said = commands.type(List.of(
                "why",
                "--cgroup",
                child.path().toString(),
                "--object",
                fifo.toString(),
                "connect",
                "udp",
                "127.0.0.1:9"));
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.text()).contains("`" + fifo + "` is not a regular file");
    }
}
