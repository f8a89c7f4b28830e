// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.source.SourceFile;

/**
 * Tests that `forged-source` is closed if no packet leaves from an address that the policy denies
 * as a destination.
 */
class ForgedSourceTest {
    private static final String SETS = """
        policy sources
        set away = { 192.0.2.7, 2001:db8::7 }
        set home = { 10.0.0.0/8, ::1 }
        """;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "deny if remote.ip in away; default allow | OUTSIDE",
                "deny if local.ip in away; default allow | CLOSED",
                "deny if remote.ip in away or local.ip in away; default allow | CLOSED",
                "deny if local.ip in away; deny if remote.ip in away; default allow | CLOSED",
                "deny if remote.ip in away; deny if local.ip == 192.0.2.7; default allow | OUTSIDE",
                "deny if remote.ip == 192.0.2.7; deny if local.ip == 192.0.2.7; default allow | CLOSED",
                "deny if remote.ip == 2001:db8::7; deny if local.ip == 192.0.2.7; default allow | OUTSIDE",
                "deny if not local.ip in home; deny if remote.ip in away; default allow | CLOSED",
                "deny if not local.ip in home; allow if remote.ip in home; default deny | CLOSED",
                "deny if not local.ip in home; default deny | CLOSED",
                "allow if remote.ip in home; default deny | OUTSIDE",
                "allow if remote.ip in home and local.ip in home; default deny | CLOSED",
                "deny if remote.ip in away or local.ip in away; deny if source_routed; deny if malformed; default"
                        + " allow | CLOSED",
                "deny if (remote.ip in away or local.ip in away) and proto == tcp; default allow | OUTSIDE",
                "deny if proto == icmp; default allow | OUTSIDE",
                "deny if proto == udp; default allow | CLOSED",
                "deny if remote.port == 25; default allow | OUTSIDE",
                "deny if local.ip in away; allow if uid == 0; deny if remote.ip in away; default allow | CLOSED",
            })
    void comparesSourcesWithDestinations(String rules, Status expected) {
        assertThat(status("packets egress { " + rules + " }", Intent.PACKETS_EGRESS))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "default allow | OUTSIDE",
                "deny if local.ip in away; default allow | CLOSED",
                "deny if local.ip == 192.0.2.7; default allow | OUTSIDE",
                "deny if not local.ip in home; default allow | CLOSED",
            })
    void comparesSourcesWithDestinationsThatEgressDenies(String rules, Status expected) {
        String egress = "egress { deny if remote.ip in away; default allow }\n";
        assertThat(status(egress, Intent.EGRESS)).isEqualTo(Status.OUTSIDE);
        assertThat(status(egress + "packets egress { " + rules + " }", Intent.EGRESS))
                .isEqualTo(expected);
    }

    private static Status status(String blocks, Intent block) {
        return Compiler.compile(new SourceFile("sources.wall", SETS + blocks + "\n"), Settings.DEFAULT)
                .compilation()
                .orElseThrow(() -> new AssertionError("no policy: " + blocks))
                .coverage()
                .stream()
                .filter(reach -> reach.block().equals(block.text()))
                .flatMap(reach -> reach.bypasses().stream())
                .filter(bypass -> bypass.id().equals("forged-source"))
                .findFirst()
                .orElseThrow()
                .status();
    }
}
