// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;

/** Every command as a user runs it: its exit code, its output and the files it leaves. */
class RingwallcTest {
    private static final String POLICY = """
            policy web
            param port : port in 1024..65535 = 8080
            egress {
              allow if proto == tcp and remote.port in { 443 }
              allow if remote.port == port
              default deny
            }
            test "https" {
              connect tcp 203.0.113.9:443  => allow
              connect tcp 203.0.113.9:80   => deny
            }
            """;

    @TempDir
    Path folder;

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void compileWritesOneObjectAndPrintsItsContents() throws IOException, ObjectFormatException {
        String policy = file("web.wall", POLICY);
        Path object = folder.resolve("web.o");
        Run run = Run.of("compile", policy, "-o", object.toString());
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("policy `web`", "cgroup/connect4", "cgroup/sock_create", "instructions");
        assertThat(left()).containsExactly("web.o", "web.wall");
        assertThat(ObjectReader.read(Files.readAllBytes(object)).programs()).hasSize(5);
    }

    @Test
    void compileWritesTheOtherByteOrderOnRequest() throws IOException {
        Path object = folder.resolve("web.o");
        String policy = file("web.wall", POLICY);
        assertThat(Run.of("compile", policy, "-o", object.toString(), "--endian", "big")
                        .code())
                .isEqualTo(0);
        assertThat(Files.readAllBytes(object)[5]).as("EI_DATA").isEqualTo((byte) 2);
        assertThat(Run.of("compile", policy, "-o", object.toString()).code()).isEqualTo(0);
        assertThat(Files.readAllBytes(object)[5]).as("EI_DATA").isEqualTo((byte) 1);
    }

    @Test
    void compileWritesTheDependencyFile() throws IOException {
        file("feed 1.txt", "192.0.2.1\n");
        file("common.wall", "set feed = file \"feed 1.txt\"\n");
        String policy = file(
                "web.wall",
                "policy web\ninclude \"common.wall\"\negress { deny if remote.ip in feed; default allow }\n");
        Path object = folder.resolve("web.o");
        Path deps = folder.resolve("web.d");
        Run run = Run.of("compile", policy, "-o", object.toString(), "--deps", deps.toString());
        assertThat(run.err()).isEmpty();
        String in = folder.toString();
        assertThat(Files.readString(deps))
                .isEqualTo(("IN/web.o: \\\n  IN/web.wall \\\n  IN/common.wall \\\n  IN/feed\\ 1.txt\n"
                                + "\nIN/common.wall:\n\nIN/feed\\ 1.txt:\n")
                        .replace("IN", in));
    }

    @Test
    void compileLeavesNoFileIfItCannotWrite() throws IOException {
        String policy = file("web.wall", POLICY);
        for (Path out : List.of(folder.resolve("no/such/folder.o"), folder.resolve("web.wall/in.o"))) {
            Run run = Run.of("compile", policy, "-o", out.toString());
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(run.err()).contains("cannot write `" + out + "`", "= help: ");
        }
        assertThat(left()).containsExactly("web.wall");
    }

    @Test
    void compileKeepsAnOldObjectIfThePolicyHasErrors() throws IOException {
        String object = file("web.o", "old");
        Run run = Run.of("compile", file("web.wall", "policy web\negress { allow }\n"), "-o", object);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("web.wall:2", "default");
        assertThat(Path.of(object)).hasContent("old");
    }

    @ParameterizedTest
    @ValueSource(strings = {"compile", "check", "test", "why", "reach", "explain"})
    void everyCommandThatReadsPoliciesRecognizesAnObject(String command) throws IOException {
        Run run = on(command, file("web.o", "x"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("web.o` is an object", "ringwall run", "ringwallc dump");
    }

    @ParameterizedTest
    @ValueSource(strings = {"compile", "check", "test", "why", "reach", "explain", "dump"})
    void everyCommandReportsAMissingFile(String command) {
        Run run = on(command, folder.resolve("absent").toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("cannot read `" + folder.resolve("absent") + "`", "= help: name a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"compile", "check", "test", "why", "reach", "explain"})
    void everyCommandReportsAPolicyThatIsNotUtf8(String command) throws IOException {
        Path policy = Files.write(folder.resolve("latin.wall"), new byte[] {'/', '/', ' ', (byte) 0xe9, '\n'});
        Run run = on(command, policy.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("is not text in UTF-8: byte 3 is 0xe9", "latin.wall:1:4", "= help: save the file as UTF-8")
                .doesNotContain("note:");
    }

    @Test
    void checksOtherPoliciesIfAFileCannotBeRead() throws IOException {
        String good = file(
                "good.wall", "policy good\negress { default deny }\ntest \"no\" { connect tcp 192.0.2.1:1 => deny }\n");
        String absent = folder.resolve("absent.wall").toString();
        Run check = Run.of("check", absent, good);
        assertThat(check.code()).isEqualTo(1);
        assertThat(check.err()).contains("cannot read");
        assertThat(check.out()).contains("good.wall: fine");
        Run test = Run.of("test", absent, good);
        assertThat(test.code()).isEqualTo(1);
        assertThat(test.out()).contains("1 passed, 0 failed, 1 policy not tested");
    }

    @ParameterizedTest
    @ValueSource(strings = {"compile", "check", "test", "why", "reach", "explain"})
    void everyCommandRendersDiagnosticsWithTheirLine(String command) throws IOException {
        Run run =
                on(command, file("web.wall", "policy web\negress {\n  allow if remote.prot == 1\n  default deny\n}\n"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("web.wall:3:", "allow if remote.prot == 1", "^");
    }

    private Run on(String command, String file) {
        return switch (command) {
            case "compile" ->
                Run.of(command, file, "-o", folder.resolve("never.o").toString());
            case "why" -> Run.of(command, file, "connect", "tcp", "1.1.1.1:443");
            default -> Run.of(command, file);
        };
    }

    @Test
    void showsAtMostAHundredErrors() throws IOException {
        String rules = "  deny if remote.prot == 25\n".repeat(1000);
        String policy = file("web.wall", "policy web\negress {\n" + rules + "  default allow\n}\n");
        Run run = Run.of("check", policy);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines().filter(line -> line.startsWith("error["))).hasSize(100);
        assertThat(run.err()).endsWith("\n\n… and 900 errors more" + System.lineSeparator());
    }

    @Test
    void dumpPrintsAnObjectAndRefusesOtherFiles() throws IOException {
        String object = folder.resolve("web.o").toString();
        String policy = file("web.wall", POLICY);
        Run.of("compile", policy, "-o", object);
        Run dump = Run.of("dump", object);
        assertThat(dump.code()).isEqualTo(0);
        assertThat(dump.out()).contains("cgroup/connect4", "ringwall_control", "exit");

        Run wall = Run.of("dump", policy);
        assertThat(wall.code()).isEqualTo(1);
        assertThat(wall.err()).contains("is a policy, but dump reads objects", "ringwallc explain " + policy);

        Run other = Run.of("dump", file("junk.o", "no ELF at all"));
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("junk.o`: ", "name an object that a compiler wrote");
    }

    @Test
    void targetsThatAreOlderThanThePolicyRequiresAreRefused() throws IOException {
        String policy = file("new.wall", "policy new\nrequires kernel 6.1\nsockets { default deny }\n");
        Run older = Run.of("check", policy, "--target", "5.10");
        assertThat(older.code()).isEqualTo(1);
        assertThat(older.err()).contains("5.10", "6.1", "new.wall:2");
        assertThat(Run.of("check", policy, "--target", "6.1,6.12").code()).isEqualTo(0);
        assertThat(Run.of("check", policy).code()).isEqualTo(0);

        Run word = Run.of("check", policy, "--target", "new");
        assertThat(word.code()).isEqualTo(1);
        assertThat(word.err()).contains("`new` is not a kernel version", "--target 5.10,6.1");
        Run old = Run.of("check", file("old.wall", POLICY), "--target", "6.1,4.19");
        assertThat(old.code()).isEqualTo(1);
        assertThat(old.err())
                .isEqualTo("error: no policy can be compiled for kernel 4.19: the oldest that is supported is 5.10\n"
                        + "  = help: write --target 5.10 or a newer version\n");
    }

    @Test
    void errnosRequireATargetThatSupportsThem() throws IOException {
        String policy = file("errno.wall", "policy errno\nsockets { deny EACCES if type == raw; default allow }\n");
        Run run = Run.of("check", policy, "--target", "5.10");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("errno.wall:2", "5.18");
        assertThat(Run.of("check", policy, "--target", "6.1").code()).isEqualTo(0);
    }

    @Test
    void paramsOnTheCommandLineStayInTheirDeclaredRange() throws IOException {
        String policy = file("web.wall", POLICY);
        assertThat(Run.of("check", policy, "--param", "port=9090").code()).isEqualTo(0);
        for (String wrong : List.of("port=1023", "port=65536", "port=-1", "port=many", "prot=8080")) {
            Run run = Run.of("check", policy, "--param", wrong);
            assertThat(run.code()).as(wrong).isEqualTo(1);
            assertThat(run.err()).as(wrong).contains(wrong.substring(0, 4));
        }
    }

    @Test
    void testPassesAndCounts() throws IOException {
        Run big = Run.of("test", "--endian", "big", file("web.wall", POLICY));
        Run run = Run.of("test", file("web.wall", POLICY));
        assertThat(big).isEqualTo(run);
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.out()).contains("ok    https", "1 passed, 0 failed").doesNotContain("FAIL");
    }

    @Test
    void testShowsTheLineThatFailsAndTheRuleThatDecided() throws IOException {
        String wrong = POLICY.replace("203.0.113.9:80   => deny", "203.0.113.9:80   => allow");
        Run run = Run.of("test", file("web.wall", wrong));
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.out()).contains("FAIL  https", "0 passed, 1 failed");
        String line = run.out()
                .lines()
                .filter(text -> text.contains(":80"))
                .findFirst()
                .orElseThrow();
        assertThat(line).contains("connect tcp 203.0.113.9:80", "deny", "line 6: default deny", "expected allow");
        assertThat(run.out()).doesNotContain("connect tcp 203.0.113.9:443");
    }

    @Test
    void testShowsTheWholeProbeItsLineAndTheExpectedErrno() throws IOException {
        Run run = Run.of("test", file("errno.wall", """
                policy errno
                requires kernel 6.1
                param door : port in 1..99 = 5
                egress { deny EACCES if remote.port == door { log }; default allow }
                test "errnos" {
                  after 1s connect tcp 192.0.2.1:9 with door = 9 as uid 7  => deny EPERM
                  connect tcp 192.0.2.1:5   => deny EACCES {}
                  connect tcp 192.0.2.1:6   => deny EPERM
                }
                """));
        assertThat(run.code()).isEqualTo(4);
        List<String> lines = run.out().lines().toList();
        assertThat(lines.get(1))
                .contains("after 1s connect tcp 192.0.2.1:9 with door = 9 as uid 7 ", "line 4: deny EACCES")
                .contains("expected deny EPERM, got deny EACCES, at ")
                .endsWith("errno.wall:6:3");
        assertThat(lines.get(2)).contains("expected deny EACCES {}, got deny EACCES { log }, at ");
        assertThat(lines.get(3)).contains("expected deny EPERM, got allow, at ");
    }

    @Test
    void testReportsAPolicyWithErrorsAndContinues() throws IOException {
        Run run = Run.of("test", file("bad.wall", "policy bad\n"), file("web.wall", POLICY));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("1 passed, 0 failed");
        assertThat(run.err()).contains("bad.wall");
    }

    @Test
    void checkNamesEachPolicy() throws IOException {
        Run run = Run.of("check", file("bad.wall", "policy bad\n"), file("web.wall", POLICY));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("web.wall: fine").doesNotContain("bad.wall");
    }

    @Test
    void whyNamesTheRuleThatDecides() throws IOException {
        String policy = file("web.wall", POLICY);
        Run allowed = Run.of("why", policy, "connect", "tcp", "1.1.1.1:443", "as", "uid", "1000");
        assertThat(allowed.code()).isEqualTo(0);
        assertThat(allowed.out()).contains("allow if proto == tcp and remote.port in { 443 }");
        Run denied = Run.of("why", policy, "connect", "tcp", "1.1.1.1:80");
        assertThat(denied.code()).isEqualTo(0);
        assertThat(denied.out()).contains("default deny");
        Run nonsense = Run.of("why", policy, "connekt", "tcp", "1.1.1.1:80");
        assertThat(nonsense.code()).isEqualTo(1);
        assertThat(nonsense.err()).contains("connekt");
    }

    @Test
    void whyAcceptsAProbeAsOneOrSeveralShellWords() throws IOException {
        String policy = file("words.wall", """
                policy words
                requires kernel 6.7
                egress { allow if comm == "my agent"; default deny }
                on connect_unix { allow if path == "@app"; default deny }
                sysctl { allow if new_value == "web-1"; allow if new_value.number == 1 and name == "a/b"; default deny }
                devices { allow if dev == "/dev/null"; default deny }
                """);
        for (List<String> probe : List.of(
                List.of("connect", "tcp", "192.0.2.1:80", "as", "comm", "my agent"),
                List.of("connect", "tcp", "192.0.2.1:80", "as", "uid", "7", "comm", "\"my agent\""),
                List.of("connect tcp 192.0.2.1:80 as comm \"my agent\""),
                List.of("connect", "unix", "@app"),
                List.of("connect unix \"@app\""),
                List.of("write", "kernel/hostname", "=", "web-1", "as", "comm", "x"),
                List.of("write", "a/b", "=", "1"),
                List.of("open", "/dev/null", "rw"),
                List.of("open \"/dev/null\" rw"))) {
            List<String> words = new ArrayList<>(List.of("why", policy));
            words.addAll(probe);
            Run run = Run.of(words.toArray(String[]::new));
            assertThat(run.err()).as(probe.toString()).isEmpty();
            assertThat(run.out()).as(probe.toString()).endsWith("=> allow\n");
        }
        assertThat(Run.of("why", policy, "connect", "tcp", "192.0.2.1:80", "as", "uid", "7")
                        .out())
                .startsWith("connect tcp 192.0.2.1:80 as uid 7\n");
    }

    @Test
    void suggestsACommandForAnUnknownOne() {
        Run near = Run.of("cehck", "web.wall");
        assertThat(near.code()).isEqualTo(2);
        assertThat(near.err()).isEqualTo("error: there is no command `cehck`\n  = help: did you mean `check`?\n");
        assertThat(Run.of("fmt", "--help").code()).isEqualTo(2);
        assertThat(Run.of("fmt", "--help").err()).contains("write one of compile, bundle, check, test, why");
    }

    @Test
    void reportsWhyAFileCannotBeReadOrWritten() throws IOException {
        String policy = file("web.wall", POLICY);
        assertThat(Run.of("check", folder.resolve("absent.wall").toString()).err())
                .contains("absent.wall`: no such file or folder");
        assertThat(Run.of("check", folder.toString()).err()).contains("cannot read `" + folder + "`: Is a directory");
        assertThat(Run.of("compile", policy, "-o", policy + "/web.o").err())
                .contains("cannot write", "web.o`: Not a directory");
        assertThat(Run.of("compile", policy, "-o", "-").err()).contains("`-` cannot be the object file");
    }

    @Test
    void reachStopsAtItsLimitAndReportsIt() throws IOException {
        String policy = file("web.wall", POLICY);
        for (String none : List.of("0", "-1")) {
            Run run = Run.of("reach", policy, "--limit", none);
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err()).contains("`" + none + "` is not a number of regions");
        }
        assertThat(Run.of("reach", policy, "--limit", "1").out().lines().filter(line -> line.startsWith("at ")))
                .as("nobody knows whether the rest is the same too")
                .contains("at connect4", "at connect6");
        assertThat(Run.of("reach", policy, "--limit", "1").out()).contains("(more regions: use a larger --limit)");
        assertThat(Run.of("reach", policy).out()).doesNotContain("more regions");
    }

    @Test
    void theSizeOfTheRingIsInTheObjectAndInWhatExplainPrints() throws IOException {
        String text = "policy web\nlog ring 4M\negress { default deny { log } }\n";
        String policy = file("web.wall", text);
        assertThat(Run.of("explain", policy, "--stage", "policy,bpf").out())
                .contains("\nlog ring 4194304\n", "\nmap ringwall_events RINGBUF key 0 value 0 max 4194304\n");
        Path object = folder.resolve("web.o");
        assertThat(Run.of("compile", policy, "-o", object.toString()).code()).isZero();
        assertThat(Run.of("dump", object.toString()).out())
                .contains("\nmap ringwall_events RINGBUF key 0 value 0 max 4194304\n");
        String usual = file("web.wall", text.replace("log ring 4M\n", ""));
        assertThat(Run.of("explain", usual, "--stage", "bpf").out())
                .contains("\nmap ringwall_events RINGBUF key 0 value 0 max 262144\n");
    }

    @Test
    void explainPrintsStagesInTheRequestedOrder() throws IOException {
        String policy = file("web.wall", POLICY);
        Run run = Run.of("explain", policy, "--stage", "bpf,ast,policy,ir,diagram");
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.out().lines().filter(line -> line.startsWith("== ")))
                .containsExactly("== bpf", "== ast", "== policy", "== ir", "== diagram");
        assertThat(Run.of("explain", policy).out())
                .containsPattern(
                        "\\Apolicy `web`: rules for egress\nprograms: \\d+, with \\d+ instructions: .*connect4 \\d+"
                                + ".*\n\n== diagram\n");
        Run unknown = Run.of("explain", policy, "--stage", "asm");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err())
                .contains(
                        "there is no stage `asm`",
                        "write one or more of ast, policy, diagram, ir, forms, bpf, coverage");
    }

    @Test
    void explainShowsRulesByLineAndValuesByKeyword() throws IOException {
        String policy = file("words.wall", """
                policy words
                rate slow 1/s burst 1
                egress {
                  allow if proto == tcp and remote.ip in { 10.0.0.0/8, fd00::/8 } within slow
                  deny if remote.port == 25 { log at most 1/s }
                  default allow
                }
                """);
        String diagrams = Run.of("explain", policy, "--stage", "diagram").out();
        assertThat(diagrams)
                .contains("n0 proto\n", "    tcp -> ", "    mptcp -> ", "    10.0.0.0/8 -> ", "    fd00::/8 -> ")
                .contains("within slow\n", "deny [line 5]", "log at most 1/s@line 5", " and above -> ", "otherwise -> ")
                .doesNotContainPattern("\\bb\\d+r\\d+\\b")
                .doesNotContain("4294967295", "0xff");
    }

    @Test
    void reachDescribesEveryBypassOnDemand() throws IOException {
        String policy = file("web.wall", POLICY);
        assertThat(Run.of("reach", policy).out())
                .contains("reach -v describes them")
                .doesNotContain("mapped-connect: ");
        assertThat(Run.of("reach", "-v", policy).out())
                .containsPattern("\n {2}closed +mapped-connect: an IPv6 socket connects")
                .containsPattern("\n {2}outside +packet-socket: [^\n]+\n +instead: take CAP_NET_RAW");
    }

    @Test
    void explainShowsTheFormAndCostOfEachTest() throws IOException {
        String prefixes = IntStream.range(0, 300)
                .mapToObj(i -> "10.%d.%d.0/28".formatted(i >> 8, i & 255))
                .collect(Collectors.joining(", "));
        String text = "policy large\negress {\n  deny if remote.ip in { " + prefixes + " }\n  default allow\n}\n";
        Run run = Run.of("explain", file("large.wall", text), "--stage", "forms");
        assertThat(run.out())
                .containsPattern(
                        "connect4\n  line 3: be32 u32 ctx.user_ip4, 601 ways: hash of 300 intervals in cells of 4 bits .+ instructions, .+ ns")
                .containsPattern("be64 u64 ctx.user_ip6\\+8, 601 ways: hash of 300 intervals .+ instructions, .+ ns");
    }

    @Test
    void printsUsageForAnInvalidCommandLine() throws IOException {
        String policy = file("web.wall", POLICY);
        assertThat(Run.of().code()).isEqualTo(2);
        assertThat(Run.of().err()).contains("Usage: ringwallc");
        assertThat(Run.of("compil").code()).isEqualTo(2);
        assertThat(Run.of("compile", policy).code()).as("without -o").isEqualTo(2);
        assertThat(Run.of("check").code()).as("without a policy").isEqualTo(2);
        assertThat(Run.of("compile", policy).err())
                .isEqualTo("error: the option `-o OUT.o` is missing\n  = help: ringwallc compile --help\n");
        assertThat(Run.of("check").err())
                .isEqualTo("error: no POLICY.wall is given\n  = help: ringwallc check --help\n");
        assertThat(Run.of("check", policy, "--nonsense").err())
                .isEqualTo("error: `ringwallc check` has no option `--nonsense`\n  = help: ringwallc check --help\n");
        assertThat(Run.of("check", policy, "--require-coverd", "egress").err())
                .endsWith("  = help: did you mean `--require-covered`?\n");
        assertThat(Run.of("check", policy, "--require-covered", "egres").err())
                .isEqualTo("error: there is no block `egres`\n  = help: did you mean `egress`?\n");
        assertThat(Run.of("hooks", "connect4").err())
                .isEqualTo(
                        "error: `connect4` is one word too many for `ringwallc hooks`\n  = help: ringwallc hooks --help\n");
        assertThat(Run.of("reach", policy, "--limit", "x").err())
                .isEqualTo("error: invalid value for option `--limit`: `x` is not an int\n"
                        + "  = help: ringwallc reach --help\n");
        assertThat(Run.of("check", policy, "--param", "port").code())
                .as("param without a value")
                .isEqualTo(2);
        Run help = Run.of("compile", "--help");
        assertThat(help.code()).isEqualTo(0);
        assertThat(help.out()).contains("--target", "--param", "--endian");
    }

    @Test
    void compilePrintsTheCoverageOfEachBlockInOneLine() throws IOException {
        String policy = file("web.wall", POLICY);
        Run run = Run.of("compile", policy, "-o", folder.resolve("web.o").toString());
        assertThat(run.out().lines().filter(line -> line.contains(" bypasses closed")))
                .singleElement()
                .asString()
                .startsWith("  egress: ")
                .contains(
                        " closed, 3 open (tun-device, torn-destination, source-route), ",
                        " outside any policy",
                        "see ringwallc reach " + policy);
    }

    @Test
    void checkFailsIfARequiredBlockIsNotCovered() throws IOException {
        String policy = file("web.wall", POLICY);
        Run open = Run.of("check", policy, "--require-covered", "egress");
        assertThat(open.code()).isEqualTo(4);
        assertThat(open.out()).isEmpty();
        assertThat(open.err())
                .contains("`egress` is not covered: 3 bypasses", "tun-device is open", "= help: devices { deny if");
        String covered = file(
                "covered.wall",
                POLICY.replace("allow if remote.port == port", "allow if proto == tcp and remote.port == port")
                        + "devices { deny if dev in { char 10:200 }; default allow }\n"
                        + "packets egress { deny if source_routed; default allow }\n");
        Run closed = Run.of("check", covered, "--require-covered", "egress");
        assertThat(closed.code()).as(closed.err()).isZero();
        assertThat(closed.out()).isEqualTo(covered + ": fine\n");
        Run strict = Run.of("check", covered, "--require-covered", "egress:strict");
        assertThat(strict.code()).isEqualTo(4);
        assertThat(strict.err()).contains("leave-cgroup is outside", "see docs/threat-model.md");
        Run absent = Run.of("check", covered, "--require-covered", "egress,bind");
        assertThat(absent.code()).isEqualTo(4);
        assertThat(absent.err()).contains("`bind` is not covered: the policy has no such block");
    }

    @Test
    void errorsTakePrecedenceOverCoverageInTheExitCode() throws IOException {
        String bad = file("bad.wall", "policy bad\n");
        String web = file("web.wall", POLICY);
        assertThat(Run.of("check", web, bad, "--require-covered", "bind").code())
                .isEqualTo(1);
        assertThat(Run.of("check", bad, web, "--require-covered", "bind").code())
                .isEqualTo(1);
    }

    @Test
    void suggestsABlockForAnUnknownRequirement() throws IOException {
        String policy = file("web.wall", POLICY);
        Run near = Run.of("check", policy, "--require-covered", "egres");
        assertThat(near.code()).isEqualTo(2);
        assertThat(near.err()).contains("error: there is no block `egres`", "= help: did you mean `egress`?");
        assertThat(Run.of("check", policy, "--require-covered", "network").err())
                .contains("blocks are egress, bind");
        assertThat(Run.of("check", policy, "--require-covered", "egress:strictly")
                        .err())
                .contains("write `egress` or `egress:strict`");
    }
}
