// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.host.place.Selector;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.Monitoring;

class DeclarationParserTest {
    private static final Path FILE = Path.of("/etc/ringwall/policies.d/web.yaml");
    private static final Instant NOW = Instant.parse("2026-12-01T00:00:00Z");
    private static final Path TOP = Path.of("/sys/fs/cgroup");

    private static Declaration parse(String text) throws DeclarationException {
        return DeclarationParser.parse(FILE, text, TOP, NOW);
    }

    @Test
    void readsAllMembersOfAFile() throws DeclarationException {
        assertThat(parse("""
                        policy: ../web.o
                        instance: blue
                        places:
                          - path: /sys/fs/cgroup/web.slice
                          - path: batch/job-*
                          - unit: web@*.service
                        params: { closed: 0x50, "open": no }
                        monitor: { until: 2026-12-24T08:00:00+01:00, reason: first days }
                        accept-foreign: true
                        required: false
                        """))
                .isEqualTo(new Declaration(
                        FILE,
                        Path.of("/etc/ringwall/policies.d/../web.o"),
                        "blue",
                        List.of(
                                new Selector.ByPath("web.slice"),
                                new Selector.ByPath("batch/job-*"),
                                new Selector.ByUnit("web@*.service")),
                        List.of(),
                        Map.of("closed", "0x50", "open", "no"),
                        Optional.of(new Declaration.Monitor(Instant.parse("2026-12-24T07:00:00Z"), "first days")),
                        Optional.empty(),
                        true,
                        false));
    }

    @Test
    void defaultsAreTheStricterChoice() throws DeclarationException {
        assertThat(parse("policy: web.o\nplaces: [{path: web.slice}]\n"))
                .isEqualTo(new Declaration(
                        FILE,
                        Path.of("/etc/ringwall/policies.d/web.o"),
                        "main",
                        List.of(new Selector.ByPath("web.slice")),
                        List.of(),
                        Map.of(),
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''| the file declares nothing",
                "'policy: [x'| 1:11: not YAML:",
                "'policy: web.o'| 1:1: the key `places` is missing",
                "'places: [{path: a}]'| 1:1: the key `policy` is missing",
                "'polcy: web.o'| 1:1: there is no key `polcy` here",
                "'policy: a.o\npolicy: b.o'| 2:1: the key `policy` occurs twice",
                "'policy: a.o\nplaces: web.slice'| 2:9: `places` is not a list of places",
                "'policy: a.o\nplaces: []'| 2:9: `places` is not a list of places",
                "'policy: a.o\nplaces: [web.slice]'| 2:10: a mapping of keys to values is expected here",
                "'policy: a.o\nplaces: [{path: a, unit: b.service}]'| 2:10: a place has one of `path`, `unit`, `container` and `label`",
                "'policy: a.o\nplaces: [{path: a}]\ninstance: blue.1'| 3:11: `blue.1` is not a valid name of an instance",
                "'policy: a.o\nplaces: [{path: ../a}]'| 2:17: `..` in the path of a cgroup",
                "'policy: a.o\nplaces: [{path: /home}]'| 2:17: `/home` is not below the cgroup2 mount",
                "'policy: a.o\nplaces: [{path: /sys/fs/cgroup/}]'| 2:17: the root cgroup contains every process",
                "'policy: a.o\nplaces: [{unit: nginx}]'| 2:17: `nginx` is not the name of a unit",
                "'policy: a.o\nplaces: [{unit: -.slice}]'| 2:17: the root cgroup contains every process",
                "'policy: a.o\nplaces: [{path: a}]\nrequired: yes'| 3:11: `yes` is neither `true` nor `false`",
                "'policy: a.o\nplaces: [{path: a}]\nparams: [1]'| 3:9: a mapping of keys to values is expected",
                "'policy: a.o\nplaces: [{path: a}]\nparams: {a: [1]}'| 3:13: a single value is expected here",
                "'policy: a.o\nplaces: [{path: a}]\nparams: {a: }'| 3:12: the value is missing",
                "'policy: a.o\nplaces: [{path: a}]\nmonitor: {until: 24.12.}'| 3:18: `24.12.` is not a time with a zone",
                "'policy: a.o\nplaces: [{path: a}]\nmonitor: {reason: x}'| 3:10: the key `until` is missing",
                "'policy: a.o\nplaces: [{path: a}]\nmonitor: {until: 2026-12-31T00:00:01Z}'| 3:18: `2026-12-31T00:00:01Z` is more than 30 days",
                "'policy: a.o\nplaces: [{path: a}]\nmonitor: {until: 2999-01-01T00:00:00Z}'| 3:18: `2999-01-01T00:00:00Z` is more than 30 days",
                "'policy: a.o\nplaces: [{path: a}]\nconfirm: 2d'| 3:10: a version cannot wait that long",
                "'policy: a.o\nplaces: [{path: a}]\nconfirm: soon'| 3:10: `soon` is not a time",
                "'policy: a.o\nplaces: [{path: a}]\nconfirm: 60s\nmonitor: {until: 2026-12-02T00:00:00Z}'| 3:10: `confirm` and `monitor` exclude",
                "'a: [[[[[[[[[[[[[[[[[[[[[['| 1:19: the collections are nested too deeply",
            })
    void mistakesAreNamedWithTheirPosition(String text, String message) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOfSatisfying(
                        DeclarationException.class, e -> assertThat(e.help()).isNotEmpty())
                .hasMessageStartingWith(FILE + ":" + (message.startsWith("the") ? " " : "") + message);
    }

    @Test
    void aWrongPlaceLeavesTheOthers() throws DeclarationException {
        Declaration declaration =
                parse("policy: a.o\nplaces: [{path: a}, {path: a}, {unit: b}, web, {unit: c.service}]\n");
        assertThat(declaration.places()).containsExactly(new Selector.ByPath("a"), new Selector.ByUnit("c.service"));
        assertThat(declaration.refusedPlaces())
                .extracting(Failure::message)
                .satisfiesExactly(
                        text -> assertThat(text).isEqualTo(FILE + ":2:21: path `a` is declared twice"),
                        text -> assertThat(text).startsWith(FILE + ":2:39: `b` is not the name of a unit"),
                        text -> assertThat(text).startsWith(FILE + ":2:43: a mapping of keys"));
    }

    @Test
    void everyCutOfAFileWithAnEndMarkIsRefused() throws DeclarationException {
        String text = "end-mark: true\npolicy: a.o\nplaces:\n  - path: a\n  - path: b\nparams: {c: 1}\n...\n";
        assertThat(parse(text).places()).hasSize(2);
        assertThat(parse(text.stripTrailing()).places()).hasSize(2);
        for (int length = 0; length < text.length() - 1; length++) {
            String cut = text.substring(0, length);
            assertThatThrownBy(() -> parse(cut)).as(cut).isInstanceOf(DeclarationException.class);
        }
        assertThatThrownBy(() -> parse("policy: a.o\nend-mark: true\nplaces: [{path: a}]\n...\n"))
                .hasMessage(FILE + ":2:11: `end-mark` is not the first key");
        assertThat(parse("policy: a.o\nplaces: [{path: a}]\nend-mark: false\n").places())
                .hasSize(1);
    }

    @Test
    void monitorModeMayLastThirtyDays() throws DeclarationException {
        assertThat(parse("policy: a.o\nplaces: [{path: a}]\nmonitor: {until: 2026-12-31T00:00:00Z}\n")
                        .monitor())
                .contains(new Declaration.Monitor(NOW.plus(Monitoring.LONGEST), ""));
    }
}
