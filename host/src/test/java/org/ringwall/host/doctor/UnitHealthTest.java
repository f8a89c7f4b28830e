// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.host.unit.Dropin;
import org.ringwall.host.unit.UnitFiles;
import org.ringwall.loader.model.Diagnosis;

class UnitHealthTest {
    @TempDir
    Path root = Path.of("");

    private Path main = Path.of("");
    private Path dropin = Path.of("");

    @BeforeEach
    void unit() throws IOException {
        main = file("usr/lib/systemd/system/web.service", "[Service]\nExecCondition=/bin/own\n");
        dropin = write(made("web.service").ofEachStart(files()));
    }

    private UnitFiles files() {
        return UnitFiles.below(root);
    }

    private static Dropin made(String unit) {
        return new Dropin(unit, Path.of("/usr/bin/ringwall"), List.of(Path.of("/web.o")), "ringwall unit-dropin again");
    }

    private Path write(Dropin.Part part) throws IOException {
        return file("etc/systemd/system/" + part.unit() + ".d/" + part.name(), part.text());
    }

    private Path file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private List<Diagnosis> found() {
        return new UnitHealth(files()).all();
    }

    private void assertWarned(String subject, String text) {
        assertThat(found()).singleElement().satisfies(each -> {
            assertThat(each.level()).isEqualTo(Diagnosis.Level.WARNING);
            assertThat(each.subject()).isEqualTo(subject);
            assertThat(each.text()).contains(text);
            assertThat(each.help()).isEqualTo("ringwall unit-dropin again");
        });
    }

    @Test
    void aDropinWithTheUnitsOwnCommandsIsCurrent() throws IOException {
        assertThat(found())
                .containsExactly(Diagnosis.ok(
                        "web.service", "`" + dropin + "` puts its policies in force before its processes"));
        // A later command is run later.
        file("run/systemd/system/web.service.d/zzz.conf", "[Service]\nExecStartPre=/bin/more\n");
        assertThat(found()).extracting(Diagnosis::level).containsExactly(Diagnosis.Level.OK);
    }

    @Test
    void aStaleCopyIsReported() throws IOException {
        Files.writeString(main, "[Service]\nExecCondition=/bin/other\n");
        assertWarned("web.service", "is stale: the unit's own ExecCondition= has changed");
        Files.writeString(main, "[Service]\n");
        assertWarned("web.service", "is stale");
        Files.writeString(main, "[Service]\nExecCondition=/bin/own\n");
        file("run/systemd/system/service.d/all.conf", "[Service]\nExecCondition=/bin/all\n");
        assertWarned("web.service", "is stale");
        file("etc/systemd/system/service.d/all.conf", "");
        assertThat(found()).extracting(Diagnosis::level).containsExactly(Diagnosis.Level.OK);
    }

    @Test
    void aFileThatTakesThePoliciesAwayIsAProblem() throws IOException {
        Path later = file("usr/lib/systemd/system/web.service.d/zzz.conf", "[Service]\nExecCondition=\n");
        assertThat(found()).anySatisfy(each -> {
            assertThat(each.level()).isEqualTo(Diagnosis.Level.PROBLEM);
            assertThat(each.text()).contains("starts without its policies", later.toString());
        });
        file("etc/systemd/system/web.service.d/zzz.conf", "");
        assertThat(found()).extracting(Diagnosis::level).containsExactly(Diagnosis.Level.OK);
    }

    @Test
    void aDropinOfAnEarlierVersionIsReported() throws IOException {
        Files.delete(dropin);
        file(
                "etc/systemd/system/web.service.d/50-ringwall.conf",
                made("web.service").ofEachStart(files()).text());
        assertWarned("web.service", "is of an earlier version: commands of ExecCondition=");
        file("etc/systemd/system/web.service.d/60-own.conf", "[Service]\nExecCondition=\n");
        assertThat(found()).anySatisfy(each -> assertThat(each.level()).isEqualTo(Diagnosis.Level.PROBLEM));
    }

    @Test
    void aSocketThatBeginsToAcceptIsReported() throws IOException {
        Files.delete(dropin);
        file("usr/lib/systemd/system/each@.service", "[Service]\n");
        write(made("each@.service").ofEachStart(files()));
        assertThat(found()).extracting(Diagnosis::level).containsExactly(Diagnosis.Level.OK);
        file("usr/lib/systemd/system/each.socket", "[Socket]\nAccept=true\n");
        assertWarned("each@.service", "starts Java for each connection");
        for (Dropin.Part part : made("each@.service")
                .ofConnections(files(), "each.socket", "system-each.slice", List.of("web@each_40-service"))) {
            write(part);
        }
        assertThat(found()).extracting(Diagnosis::level).containsExactly(Diagnosis.Level.OK);
        file("etc/systemd/system/each@7.service.d/own.conf", "[Service]\nExecCondition=/bin/own\n");
        assertWarned("each@.service", "takes away ExecCondition= of `each@7.service`");
    }
}
