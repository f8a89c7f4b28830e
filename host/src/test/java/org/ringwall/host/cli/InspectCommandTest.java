// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bundle.BundleWriter;
import org.ringwall.bundle.Manifest.Bypass;
import org.ringwall.bundle.Manifest.ParamEntry;
import org.ringwall.bundle.Manifest.TestEntry;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.HostException;

/** Bundles on the command line without a kernel. */
class InspectCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private int opened;

    @TempDir
    private Path folder = Path.of("");

    private LoaderHost host() {
        opened++;
        throw new HostException("this process may not use bpf(2)", "run as root");
    }

    private int ringwall(String... args) {
        return new Ringwall(
                        this::host,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .execute(args);
    }

    private byte[] bundle() throws Exception {
        return bundle(new ParamEntry("port", "port", BigInteger.ONE, BigInteger.valueOf(65535), BigInteger.valueOf(9)));
    }

    private byte[] bundle(ParamEntry param) throws Exception {
        BpfObject object = TestObjects.denyPort("web", 9);
        BundleWriter writer = new BundleWriter("name\u001b[2J", "7", "ringwallc 0.1.0", "1");
        writer.add(
                "web",
                Map.of("web.wall", new byte[1]),
                List.of(param),
                List.of(new TestEntry("one", 2), new TestEntry("two", 3)),
                List.of(
                        new Bypass("egress", "raw-send", "open", "sends by a raw socket", "write a sockets block"),
                        new Bypass("egress", "io", "outside", "what", "advice")),
                List.of(new BundleWriter.Compiled(object, Bytes.of(ObjectWriter.write(object)), List.of("5.10"))));
        return writer.write();
    }

    private String file(byte[] content) throws Exception {
        return Files.write(folder.resolve("x.wallpack"), content).toString();
    }

    @Test
    void everythingButTheChoiceIsShownWithoutPrivileges() throws Exception {
        assertThat(ringwall("inspect", file(bundle()))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .matches("bundle name[^\u001b]*, version 7\n  SHA-256 [0-9a-f]{64}\n"
                        + "  built by ringwallc 0.1.0 for version 1 of the contract\n"
                        + "  not signed; this host trusts no key, and needs no signature\npolicy web\n"
                        + "  param port: port in 1..65535, default 9\n  tests: 2, with lines: 5\n"
                        + "  bypass of egress, open: raw-send: sends by a raw socket\n"
                        + "    to close it: write a sockets block\n  bypasses that no policy closes: io\n"
                        + "  objects/web/5.10-little.o: for 5.10\n    SHA-256 [0-9a-f]{64}\n"
                        + "    hooks: connect4 connect6\n(    maps: .*\n)?"
                        + "    it is not known whether it is used here: this process may not use bpf\\(2\\)\n");
        out.reset();
        assertThat(ringwall("inspect", file(bundle()), "--json")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("{\"name\":\"name\\u001b[2J\",\"version\":\"7\",\"digest\":\"")
                .contains("\"bypasses\":[{\"block\":\"egress\",\"id\":\"raw-send\",\"status\":\"open\",")
                .contains("\"hooks\":[\"connect4\",\"connect6\"]", "\"why\":\"this process may not use bpf(2)\"")
                .doesNotContain("\"used\"");
    }

    @Test
    void objectsThatDifferFromTheManifestAreRefused() throws Exception {
        String file = file(bundle(new ParamEntry("port", "port", BigInteger.ONE, BigInteger.TEN, BigInteger.TWO)));
        assertThat(ringwall("inspect", file)).isEqualTo(1);
        assertThat(ringwall("apply", file)).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .element(2)
                .asString()
                .endsWith(" of `" + file + "` has other params than the manifest says");
        assertThat(opened).isZero();
    }

    @Test
    void refusedBundlesDoNotOpenTheHost() throws Exception {
        byte[] bytes = bundle();
        String file = file(Arrays.copyOf(bytes, bytes.length - 512));
        for (String command : List.of("inspect", "apply")) {
            assertThat(ringwall(command, file)).isEqualTo(1);
        }
        assertThat(ringwall("run", file, "--", "true")).isEqualTo(125);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .hasSize(6)
                .element(0)
                .asString()
                .startsWith("ringwall: the bundle `" + file + "` is refused: it is truncated at byte ");
        assertThat(ringwall("inspect", folder.resolve("none.wallpack").toString()))
                .isEqualTo(1);
        assertThat(ringwall("apply", folder.toString(), file)).isEqualTo(1);
        assertThat(opened).isZero();
    }

    @Test
    void aBundleIsRecognisedByItsContent() throws Exception {
        Path renamed = Files.write(folder.resolve("x.o"), BundleWriter.compressed(bundle()));
        assertThat(ringwall("apply", renamed.toString())).isEqualTo(3);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("this process may not use bpf(2)");
        assertThat(opened).isEqualTo(1);
        Path object = Files.write(folder.resolve("y.wallpack"), ObjectWriter.write(TestObjects.denyPort("web", 9)));
        assertThat(ringwall("apply", object.toString())).isEqualTo(3);
        assertThat(opened).isEqualTo(2);
        assertThat(ringwall("inspect", object.toString())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("it is not a bundle");
    }
}
