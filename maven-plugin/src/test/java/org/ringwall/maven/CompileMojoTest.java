// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.Ringwall;

final class CompileMojoTest {
    private static final String MAIL = "policy mail\negress {\n  deny if remote.port == 25\n  default allow\n}\n";
    private static final String PROXY = """
        policy proxy
        param port_of_proxy : port in 1024..65535 = 3128
        egress {
          allow if remote.port == port_of_proxy
          default deny
        }
        """;
    private static final String TWO_ERRORS =
            "policy wrong\negress {\n  deny if remote.prot == 25\n  deny if remote.port == 70000\n  default allow\n}\n";
    private static final String ERRNO =
            "policy errno\negress {\n  deny EACCES if remote.port == 25\n  default allow\n}\n";

    @TempDir
    private Path project = Path.of("");

    private final RecordingLog log = new RecordingLog();
    private CompileMojo mojo = new CompileMojo();

    @BeforeEach
    void configure() throws IOException {
        mojo = new CompileMojo();
        mojo.setLog(log);
        Files.createDirectories(sources());
        set("basedir", project.toFile());
        set("sourceDirectory", sources().toFile());
        set("outputDirectory", objects().toFile());
        set("statusDirectory", project.resolve("target/maven-status").toFile());
    }

    /** Returns the beginning of a message, in the form that development environments read. */
    private String place(String name, int line, int column) {
        return sources().resolve(name) + ":[" + line + "," + column + "] ";
    }

    @Test
    void writesObjectsIntoMirroredFolders() throws Exception {
        policy("mail.wall", MAIL);
        policy("deep/er/proxy.wall", PROXY);
        policy("deep/notes.txt", "not a policy");

        mojo.execute();

        assertThat(written()).containsExactly("deep/er/proxy.o", "mail.o");
        assertThat(object("mail.o")).isEqualTo(elf("src/main/wall/mail.wall", MAIL, Options.DEFAULT));
        assertThat(object("deep/er/proxy.o"))
                .isEqualTo(elf("src/main/wall/deep/er/proxy.wall", PROXY, Options.DEFAULT));
        assertThat(log.of("info")).containsExactly("2 policies compiled to " + objects());
    }

    @Test
    void replacesAnOlderObjectAsAWhole() throws Exception {
        policy("mail.wall", MAIL);
        Files.createDirectories(objects());
        Files.writeString(objects().resolve("mail.o"), "\u007fELF, but old");
        Path reader = Files.createLink(project.resolve("reader.o"), objects().resolve("mail.o"));

        mojo.execute();

        assertThat(object("mail.o")).isEqualTo(elf("src/main/wall/mail.wall", MAIL, Options.DEFAULT));
        assertThat(reader).as("a reader that has the old object open keeps it").hasContent("\u007fELF, but old");
        assertThat(written()).containsExactly("mail.o");
    }

    @Test
    void reportsEveryErrorOfEveryFileAndWritesOnlyTheGoodOnes() throws Exception {
        policy("a.wall", TWO_ERRORS);
        policy("b.wall", MAIL);
        policy("c.wall", "policy c\negress {\n  default allwo\n}\n");

        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessage("2 of 3 policies have errors, see above");

        assertThat(log.of("error")).hasSize(3);
        assertThat(log.of("error").get(0)).contains("remote.prot", place("a.wall", 3, 11));
        assertThat(log.of("error").get(1)).contains("70000", place("a.wall", 4, 26));
        assertThat(log.of("error").get(2)).contains("allwo", place("c.wall", 3, 11));
        assertThat(written()).containsExactly("b.o");
    }

    @Test
    void failsIfABypassOfARequiredBlockIsOpen() throws Exception {
        policy("mail.wall", MAIL);
        policy(
                "covered.wall",
                MAIL.replace("mail", "covered")
                        + "sockets { deny if type == raw; allow if proto in { tcp, udp }; default deny }\n"
                        + "devices { deny if dev in { char 10:200 }; default allow }\n"
                        + "packets egress { deny if source_routed; default allow }\n");
        set("requireCovered", List.of("egress"));

        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessage("1 of 2 policies have errors, see above");

        assertThat(log.of("error"))
                .singleElement()
                .asString()
                .contains(
                        place("mail.wall", 1, 1) + "`egress` is not covered",
                        "raw-send",
                        "sockets { deny if type == raw");
        assertThat(written()).containsExactly("covered.o");
    }

    @Test
    void suggestsABlockForAMisspelledRequirement() throws Exception {
        policy("mail.wall", MAIL);
        set("requireCovered", List.of("egres"));
        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessage("requireCovered: there is no block `egres`; did you mean `egress`?");
    }

    @Test
    void logsWarningsAndContinues() throws Exception {
        policy("twice.wall", "policy t\negress {\n  deny if uid == 1\n  deny if uid == 1\n  default allow\n}\n");

        mojo.execute();

        assertThat(log.of("warn")).singleElement().asString().contains("W0701", "can never decide");
        assertThat(written()).containsExactly("twice.o");
    }

    @Test
    void reportsAPolicyThatIsNotUtf8AndCompilesTheOthers() throws Exception {
        Files.write(sources().resolve("latin.wall"), "policy é\n".getBytes(StandardCharsets.ISO_8859_1));
        policy("mail.wall", MAIL);

        assertThatThrownBy(mojo::execute).isInstanceOf(MojoFailureException.class);

        assertThat(log.of("error"))
                .singleElement()
                .asString()
                .startsWith(place("latin.wall", 1, 8) + "`src/main/wall/latin.wall` is not text in UTF-8")
                .endsWith("help: save the file as UTF-8");
        assertThat(written()).containsExactly("mail.o");
    }

    @Test
    void readsListsAndDoesNotCompileIncludedFiles() throws Exception {
        policy("deep/feed.txt", "192.0.2.1\n");
        policy("common.wall", "set feed = file \"deep/feed.txt\"\n");
        policy(
                "deep/a.wall",
                "policy a\ninclude \"../common.wall\"\negress { deny if remote.ip in feed; default allow }\n");
        mojo.execute();
        assertThat(written()).containsExactly("deep/a.o");
        byte[] first = object("deep/a.o");
        policy("deep/feed.txt", "192.0.2.2\n");
        mojo.execute();
        assertThat(object("deep/a.o")).isNotEqualTo(first);
    }

    @Test
    void reportsAWrongPolicyButNotItsIncludedFiles() throws Exception {
        policy("common.wall", "include \"more/base.wall\"\nset feed = { 192.0.2.1 }\n");
        policy("more/base.wall", "set web = { 80 }\n");
        policy("a.wall", "policy a\ninclude \"common.wall\"\negress { default deny } }\n");
        assertThatThrownBy(() -> mojo.execute()).hasMessage("1 of 1 policies have errors, see above");
        assertThat(log.of("error")).singleElement().asString().contains(place("a.wall", 3, 25));
    }

    @Test
    void reportsAnErrorInASharedFileOnce() throws Exception {
        policy("common.wall", "set feed = { 192.0.2.1/8 }\n");
        for (String name : List.of("a", "b")) {
            policy(
                    name + ".wall",
                    "policy " + name
                            + "\ninclude \"common.wall\"\negress { deny if remote.ip in feed; default allow }\n");
        }
        assertThatThrownBy(() -> mojo.execute()).hasMessage("2 of 2 policies have errors, see above");
        assertThat(log.of("error")).singleElement().asString().contains(place("common.wall", 1, 14));
    }

    @Test
    void removesObjectsOfDeletedPolicies() throws Exception {
        policy("mail.wall", MAIL);
        policy("deep/proxy.wall", PROXY);
        policy("wrong.wall", MAIL.replace("mail", "wrong"));
        mojo.execute();
        Files.writeString(objects().resolve("foreign.o"), "of somebody else");
        Files.delete(sources().resolve("deep/proxy.wall"));
        policy("wrong.wall", TWO_ERRORS);
        assertThatThrownBy(mojo::execute).isInstanceOf(MojoFailureException.class);
        assertThat(written()).containsExactly("foreign.o", "mail.o", "wrong.o");
        assertThat(log.of("info")).contains("1 object without a policy removed");

        policy("wrong.wall", "set shared = { 1 }\n");
        policy("mail.wall", MAIL.replace("egress", "include \"wrong.wall\"\negress"));
        mojo.execute();
        assertThat(written()).containsExactly("foreign.o", "mail.o");
    }

    @Test
    void keepsObjectsOfOtherExecutions() throws Exception {
        policy("mail.wall", MAIL);
        policy("proxy.wall", PROXY);
        mojo.execute();
        Files.setLastModifiedTime(
                objects().resolve("proxy.o"), FileTime.from(Instant.now().plusSeconds(60)));
        Files.delete(sources().resolve("proxy.wall"));
        mojo.execute();
        assertThat(written()).as("written again after the first run").containsExactly("mail.o", "proxy.o");
    }

    @Test
    void compilesNothingWithoutTheDefaultFolder() throws Exception {
        policy("mail.wall", MAIL);
        mojo.execute();
        Files.delete(sources().resolve("mail.wall"));
        Files.delete(sources());
        mojo.execute();
        assertThat(log.of("info")).last().asString().contains("no policies to compile");
        assertThat(written()).isEmpty();
    }

    @Test
    void foldersAndPoliciesMayBeSymbolicLinks() throws Exception {
        Path elsewhere = Files.createDirectories(project.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("mail.wall"), MAIL);
        Files.createSymbolicLink(sources().resolve("linked"), elsewhere);
        mojo.execute();
        assertThat(written()).containsExactly("linked/mail.o");

        Files.createSymbolicLink(elsewhere.resolve("again"), sources());
        assertThatThrownBy(mojo::execute)
                .hasMessageContaining("cannot list")
                .hasMessageContaining("points to a folder that contains it");
    }

    @Test
    void ignoresEmptyElementsOfLists() throws Exception {
        policy("errno.wall", ERRNO);
        policy("proxy.wall", PROXY);
        set("targets", Arrays.asList("6.1", null, " "));
        set("requireCovered", Arrays.asList((String) null));
        mojo.execute();
        assertThat(written()).containsExactly("errno.o", "proxy.o");

        set("params", Collections.singletonMap("port_of_proxy", null));
        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessage("`params` has no value for the param `port_of_proxy`");
    }

    @Test
    void reportsAFailedWriteAndLeavesNoPartialObject() throws Exception {
        policy("mail.wall", MAIL);
        Files.createDirectories(objects().resolve("mail.o/in-the-way"));
        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessageContaining("cannot write `" + objects().resolve("mail.o") + "`: it is a folder; ");
        Files.createDirectories(objects().getParent());
        Path file = Files.writeString(objects().resolveSibling("file"), "");
        set("outputDirectory", file.resolve("below").toFile());
        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoExecutionException.class)
                .hasMessageContaining("cannot write `" + file.resolve("below/mail.o") + "`: ");
        try (Stream<Path> left = Files.list(objects())) {
            assertThat(left).containsExactly(objects().resolve("mail.o"));
        }
    }

    @Test
    void neverOverwritesAFileThatIsNotAnObject() throws Exception {
        policy("mail.wall", MAIL);
        Files.createDirectories(objects());
        Files.writeString(objects().resolve("mail.o"), "notes");

        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessage(
                        "cannot write `" + objects().resolve("mail.o") + "`: the file exists and is not an ELF object;"
                                + " remove it, or name another folder as outputDirectory");

        assertThat(objects().resolve("mail.o")).hasContent("notes");
        assertThat(written()).containsExactly("mail.o");
    }

    @Test
    void neverOverwritesAnInput() throws Exception {
        set("outputDirectory", sources().toFile());
        policy("mail.wall", "policy mail\negress {\n  deny if remote.port in file \"mail.o\"\n  default allow\n}\n");
        policy("mail.o", "25\n");

        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessageContaining("`: it is an input of the same compilation; ");

        assertThat(sources().resolve("mail.o")).hasContent("25");
        try (Stream<Path> files = Files.list(sources())) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void deletesOnlyObjectsOfDeletedPolicies() throws Exception {
        policy("mail.wall", MAIL);
        policy("proxy.wall", PROXY);
        mojo.execute();
        Path proxy = objects().resolve("proxy.o");
        FileTime time = Files.getLastModifiedTime(proxy);
        Files.writeString(proxy, "notes");
        Files.setLastModifiedTime(proxy, time);
        Files.delete(sources().resolve("proxy.wall"));

        mojo.execute();

        assertThat(proxy).hasContent("notes");
    }

    @Test
    void reportsAFileThatIsNeitherAPolicyNorIncluded() throws Exception {
        policy("common.wall", "set feed = { 1 }\n");
        policy("a.wall", "policy a\negress { default deny }\n");
        assertThatThrownBy(() -> mojo.execute())
                .isInstanceOf(MojoFailureException.class)
                .hasMessageContaining("1 of 2 policies have errors");
    }

    @Test
    void refusesAMissingFolder() {
        set("sourceDirectory", project.resolve("absent").toFile());

        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessageContaining("there is no folder `" + project.resolve("absent") + "`");
    }

    @Test
    void warnsOfAFolderWithoutPolicies() throws Exception {
        mojo.execute();

        assertThat(log.of("warn")).singleElement().asString().contains("there is no policy in");
        assertThat(objects()).doesNotExist();
    }

    @Test
    void doesNothingWhenSkipped() throws Exception {
        policy("a.wall", TWO_ERRORS);
        set("skip", true);

        mojo.execute();

        assertThat(log.of("info")).containsExactly("skipping the policies");
        assertThat(objects()).doesNotExist();
    }

    @Test
    void refusesATargetThatIsNotAVersion() throws Exception {
        policy("mail.wall", MAIL);
        set("targets", List.of("6.1", "newest"));

        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessage("`newest` is not a kernel version; write one such as 5.10 in targets");
        assertThat(objects()).doesNotExist();
    }

    @Test
    void compilesForTheTargetsThatAreNamed() throws Exception {
        policy("errno.wall", ERRNO);
        set("targets", List.of("6.1"));
        mojo.execute();
        Options options = Options.DEFAULT.withTargets("6.1");
        assertThat(object("errno.o")).isEqualTo(elf("src/main/wall/errno.wall", ERRNO, options));

        set("targets", List.of("5.10", "6.1"));
        assertThatThrownBy(mojo::execute).isInstanceOf(MojoFailureException.class);
        assertThat(log.of("error")).singleElement().asString().contains("EACCES", "5.18");
    }

    @Test
    void compilesForBigEndianMachines() throws Exception {
        policy("mail.wall", MAIL);
        set("endian", "big");
        mojo.execute();
        Options options = Options.DEFAULT.withOrder(ByteOrder.BIG_ENDIAN);
        assertThat(object("mail.o")).isEqualTo(elf("src/main/wall/mail.wall", MAIL, options));

        set("endian", "middle");
        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessageContaining("`middle` is not a byte order");
    }

    @Test
    void givesParamsToThePoliciesThatDeclareThem() throws Exception {
        policy("mail.wall", MAIL);
        policy("proxy.wall", PROXY);
        set("params", Map.of("port_of_proxy", "8080"));

        mojo.execute();

        Options options = Options.DEFAULT.withParam("port_of_proxy", "8080");
        assertThat(object("proxy.o"))
                .isEqualTo(elf("src/main/wall/proxy.wall", PROXY, options))
                .isNotEqualTo(elf("src/main/wall/proxy.wall", PROXY, Options.DEFAULT));
        assertThat(object("mail.o")).isEqualTo(elf("src/main/wall/mail.wall", MAIL, Options.DEFAULT));
    }

    @Test
    void refusesAParamOutsideItsRange() throws Exception {
        policy("proxy.wall", PROXY);
        set("params", Map.of("port_of_proxy", "80"));

        assertThatThrownBy(mojo::execute).isInstanceOf(MojoFailureException.class);

        assertThat(log.of("error")).singleElement().asString().contains("80");
        assertThat(objects()).doesNotExist();
    }

    @Test
    void refusesAParamThatNoPolicyDeclares() throws Exception {
        policy("proxy.wall", PROXY);
        set("params", Map.of("port_of_prox", "8080"));

        assertThatThrownBy(mojo::execute)
                .isInstanceOf(MojoFailureException.class)
                .hasMessageContaining("has a param `port_of_prox`");
    }

    private Path sources() {
        return project.resolve("src/main/wall");
    }

    private Path objects() {
        return project.resolve("target/ringwall");
    }

    private void policy(String name, String text) throws IOException {
        Path file = sources().resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private byte[] object(String name) throws IOException {
        return Files.readAllBytes(objects().resolve(name));
    }

    private List<String> written() throws IOException {
        try (Stream<Path> files = Files.walk(objects())) {
            return files.filter(Files::isRegularFile)
                    .map(file -> objects().relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static byte[] elf(String name, String text, Options options) {
        return Ringwall.compile(name, text, options).policy().orElseThrow().object();
    }

    private void set(String parameter, Object value) {
        Parameters.set(mojo, parameter, value);
    }
}
