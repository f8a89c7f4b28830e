// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Step;

/**
 * Sockets that were created in a cgroup of a policy and carried out of it before the cgroup was
 * removed. Later versions of the policy judge them.
 */
@KernelTest
@HangGuard
class RemovedPlacesKernelTest {
    /** Creates a socket in one cgroup and uses it in another one. */
    private static final String CARRIER = """
            import errno, socket, sys
            inside, outside = sys.argv[1:]
            def enter(cgroup):
                with open(cgroup + '/cgroup.procs', 'w') as procs:
                    procs.write('0')
            enter(inside)
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            enter(outside)
            print('ready', flush=True)
            for line in sys.stdin:
                answers = []
                for port in line.split():
                    try:
                        s.connect(('127.0.0.1', int(port)))
                        answers.append('ok')
                    except OSError as e:
                        answers.append(errno.errorcode[e.errno])
                print(*answers, flush=True)
            """;

    @TempDir
    Path dir = Path.of("");

    private Optional<CommandBox> box = Optional.empty();
    private final List<Process> carriers = new ArrayList<>();
    private String object = "";

    @BeforeEach
    void make() throws IOException {
        box = Optional.of(new CommandBox("removed", dir));
        object = Files.write(dir.resolve("ports.o"), ObjectWriter.write(TestObjects.denyPorts("web", 9, 12)))
                .toString();
    }

    @AfterEach
    void clean() throws InterruptedException {
        for (Process carrier : carriers) {
            carrier.destroyForcibly().waitFor();
        }
        box.ifPresent(CommandBox::close);
    }

    private CommandBox box() {
        return box.orElseThrow();
    }

    /** A socket, by the process that has it. */
    private record Carried(Process process, BufferedReader answers) {
        /** Returns the results of connects to ports of 127.0.0.1. */
        String connects(String ports) {
            try {
                process.getOutputStream().write((ports + "\n").getBytes(StandardCharsets.UTF_8));
                process.getOutputStream().flush();
                return String.valueOf(answers.readLine());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Applies the policy to a cgroup and another one, and removes the second. */
    private Carried carried(Cgroup stays, Cgroup goes, Cgroup outside) throws IOException {
        box().ringwall(
                        0,
                        "apply",
                        object,
                        "--reset-params",
                        "--param",
                        "port=9",
                        "--cgroup",
                        stays.toString(),
                        goes.toString());
        Process process = new ProcessBuilder("python3", "-c", CARRIER, goes.toString(), outside.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        carriers.add(process);
        Carried socket = new Carried(process, process.inputReader());
        assertThat(socket.answers().readLine()).isEqualTo("ready");
        box().host.hierarchy().remove(goes);
        assertThat(socket.connects("9 10 12")).isEqualTo("EPERM ok EPERM");
        return socket;
    }

    @Test
    void laterVersionsJudgeThemUntilTheLastIsClosed() throws IOException, InterruptedException {
        Cgroup stays = box().cgroup("stays");
        Cgroup goes = box().cgroup("goes");
        Carried socket = carried(stays, goes, box().cgroup("outside"));
        assertThat(box().ringwall(4, "status", "--check")).contains("lost: the cgroup was removed");
        for (String port : List.of("10", "9", "10")) {
            box().ringwall(0, "apply", object, "--param", "port=" + port);
            assertThat(socket.connects("9 10 12")).isEqualTo(port.equals("9") ? "EPERM ok EPERM" : "ok EPERM EPERM");
        }
        assertThat(box().ringwall(0, "status", "--check"))
                .contains(
                        "id " + goes.id() + ": removed; sockets that are left of it are judged at connect4 connect6\n");
        assertThat(box().ringwall(0, "doctor")).contains("sockets that are left of it are judged");
        assertThat(box().ringwall(0, "recover")).isEmpty();
        assertThat(socket.connects("9 10 12")).isEqualTo("ok EPERM EPERM");
        socket.process().destroyForcibly().waitFor();
        box().awaitDetached("web", goes);
        assertThat(box().ringwall(0, "status", "--check")).doesNotContain("id " + goes.id());
        box().ringwall(0, "apply", object, "--param", "port=9");
        assertThat(box().ringwall(0, "status")).doesNotContain("id " + goes.id());
    }

    @Test
    void aRollBackJudgesThemByTheVersionBefore() throws IOException {
        RunningKernel.needs(5, 15, "timers of BPF programs");
        Carried socket = carried(box().cgroup("stays"), box().cgroup("goes"), box().cgroup("outside"));
        box().ringwall(0, "apply", object, "--param", "port=10", "--confirm", "1h");
        assertThat(socket.connects("9 10 12")).isEqualTo("ok EPERM EPERM");
        box().ringwall(0, "confirm", "web", "--roll-back");
        assertThat(socket.connects("9 10 12")).isEqualTo("EPERM ok EPERM");
        box().ringwall(0, "apply", object, "--param", "port=10", "--confirm", "1h");
        box().ringwall(0, "confirm", "web");
        assertThat(socket.connects("9 10 12")).isEqualTo("ok EPERM EPERM");
    }

    @Test
    void anUpgradeThatIsKilledLeavesThemTheOldVersionOrTheNew() throws IOException {
        Cgroup stays = box().cgroup("stays");
        Cgroup outside = box().cgroup("outside");
        int at = 0;
        boolean killed = true;
        while (killed) {
            Carried socket = carried(stays, box().cgroup("goes" + at), outside);
            Kills kills = new Kills(at);
            killed = kills.run(() -> run(kills, "apply", object, "--param", "port=10"))
                    .isEmpty();
            String as = "killed before change " + at + " of " + kills.made();
            assertThat(socket.connects("12")).as(as).isEqualTo("EPERM");
            run(new Kills(-1), "recover");
            assertThat(socket.connects("9 10 12")).as(as).isIn("EPERM ok EPERM", "ok EPERM EPERM");
            run(new Kills(-1), "apply", object, "--param", "port=10");
            assertThat(socket.connects("9 10 12")).as(as).isEqualTo("ok EPERM EPERM");
            socket.process().destroyForcibly();
            box().ringwall(0, "remove", "web");
            at += Step.SIZE;
        }
        assertThat(at).isGreaterThan(Step.SIZE);
    }

    private CommandTable.Ended run(Faults faults, String... words) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int code = new Ringwall(() -> faults.host(box().pins), stream, stream).execute(words);
        return new CommandTable.Ended(code, said.toString(StandardCharsets.UTF_8));
    }
}
