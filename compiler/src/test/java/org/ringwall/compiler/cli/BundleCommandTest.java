// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleFile;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.bundle.Manifest.PolicyEntry;

class BundleCommandTest {
    private static final String WEB = """
        policy web
        include "common.wall"
        param closed : port in 1..99 = 9
        live set blocked : net within { 127.0.0.0/8 } max 8
        egress { deny if remote.port == closed or remote.ip in blocked or remote.ip in feed; default allow }
        test "closed" {
          connect tcp 198.51.100.1:9 with closed = 9 => deny
          connect tcp 198.51.100.1:8 => allow
        }
        """;

    @TempDir
    Path folder;

    @BeforeEach
    void writePolicies() throws IOException {
        write("web.wall", WEB);
        write("common.wall", "set feed = { 192.0.2.1 }\n");
        write("mail.wall", "policy mail\negress { default deny }\n");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private Run bundle(String... more) {
        List<String> words = new ArrayList<>(List.of("bundle", "-o", path("agents.wallpack")));
        words.addAll(List.of(more));
        return Run.of(words.toArray(String[]::new));
    }

    private Bundle read() throws Exception {
        return Bundle.of(Archive.of(BundleFile.read(folder.resolve("agents.wallpack"))));
    }

    @Test
    void writesPoliciesForBothByteOrders() throws Exception {
        Run run = bundle(path("web.wall"), path("mail.wall"), "--name", "org.example:agents", "--version", "7");
        assertThat(run.code()).as(run.err()).isZero();
        Bundle bundle = read();
        assertThat(run.out())
                .isEqualTo(path("agents.wallpack") + ": bundle `org.example:agents`, version 7\n  policy `web`\n"
                        + "  policy `mail`\n  SHA-256 " + bundle.digest() + "\n");
        PolicyEntry web = bundle.manifest().policies().get(1);
        assertThat(web.objects())
                .extracting(ObjectEntry::path)
                .containsExactly("objects/web/5.10-big.o", "objects/web/5.10-little.o");
        Run object = Run.of("compile", path("web.wall"), "-o", path("web.o"));
        assertThat(object.code()).isZero();
        assertThat(bundle.object(web.objects().get(1))).isEqualTo(Files.readAllBytes(folder.resolve("web.o")));
        assertThat(web.sources()).hasSize(2).allMatch(name -> name.endsWith(".wall"));
        assertThat(web.params())
                .extracting(param -> param.name() + param.min() + param.max() + param.initial())
                .containsExactly("closed1999");
        assertThat(web.tests()).extracting(test -> test.name() + test.lines()).containsExactly("closed2");
        assertThat(web.bypasses())
                .anyMatch(bypass -> bypass.block().equals("egress")
                        && bypass.status().equals("open")
                        && !bypass.advice().isEmpty());
        assertThat(web.bypasses()).noneMatch(bypass -> bypass.status().equals("closed"));
        assertThat(web.objects().get(0).needs().hooks()).contains("connect4", "connect6");
        assertThat(web.objects().get(0).needs().helpers()).containsKey("map_lookup_elem");
        assertThat(web.objects().get(0).needs().mapTypes()).contains("lpm_trie");
    }

    @Test
    void eachTargetOptionIsASetOfKernels() throws Exception {
        write(
                "mail.wall",
                "policy mail\nrequires kernel 6.1\negress { deny EACCES if remote.port == 25; default allow }\n");
        Run run = bundle(
                path("mail.wall"), "--target", "6.1", "--target", "6.12", "--param", "closed=1", path("web.wall"));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(read().manifest().policies().get(0).objects())
                .filteredOn(object -> object.endian().equals("little"))
                .flatExtracting(ObjectEntry::targets)
                .containsExactly("6.1", "6.12");
        assertThat(read().manifest().policies().get(1).params().get(0).initial())
                .isEqualTo(1);
        run = bundle(path("mail.wall"), "--target", "6.1,6.12", "--target", "5.10");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("mail.wall:2:");
        run = bundle(path("mail.wall"), "--target", "6.1,five");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("`five` is not a kernel version");
        run = bundle(path("mail.wall"), "--param", "opened=1");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("no policy declares the param `opened`");
    }

    @Test
    void aFailedTestOrAnErrorWritesNothing() throws Exception {
        write("web.wall", WEB.replace(":8 => allow", ":8 => deny"));
        Run run = bundle(path("web.wall"));
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.err())
                .contains("web.wall:8:3: test \"closed\": expected deny with any errno, got allow")
                .contains("help: see ringwallc test; nothing was written");
        write("web.wall", WEB.replace("feed;", "fed;"));
        run = bundle(path("web.wall"), path("mail.wall"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("did you mean `feed`");
        assertThat(folder.resolve("agents.wallpack")).doesNotExist();
    }

    @Test
    void overwritesOnlyABundle() throws Exception {
        assertThat(bundle(path("mail.wall")).code()).isZero();
        assertThat(bundle(path("mail.wall"), "--gzip").code()).isZero();
        byte[] compressed = Files.readAllBytes(folder.resolve("agents.wallpack"));
        String digest = read().digest();
        assertThat(bundle(path("mail.wall")).code()).isZero();
        assertThat(read().digest()).isEqualTo(digest);
        assertThat(Files.readAllBytes(folder.resolve("agents.wallpack"))).isNotEqualTo(compressed);
        write("agents.wallpack", "notes\n");
        Run run = bundle(path("mail.wall"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("the file exists and is not a bundle");
        assertThat(folder.resolve("agents.wallpack")).hasContent("notes\n");
    }

    @Test
    void twoPoliciesOfOneNameAndOtherInputsAreRefused() throws Exception {
        write("post.wall", "policy mail\negress { default allow }\n");
        Run run = bundle(path("mail.wall"), path("post.wall"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("`" + path("mail.wall") + "` and `" + path("post.wall") + "` are both policy `mail`");
        assertThat(bundle("-").err()).contains("a bundle contains its sources, and `-` has no name");
        assertThat(bundle(path("web.o")).err()).contains("is an object, but ringwallc compiles policies");
        assertThat(bundle(path("none.wall")).err()).contains("cannot read `" + path("none.wall") + "`");
        assertThat(bundle().code()).isEqualTo(2);
    }
}
