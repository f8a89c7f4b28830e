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

/** Tests that `other-number` is closed only if no character device can lead to a denied disk. */
class DiskNumbersTest {
    private static final String EVERY = "dev.type == char and dev.major in { 21, 90, 162, 189, 234..254, 384..511 }";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "deny if dev.type == block; default allow | OPEN",
                "deny if dev.type == block or dev in { char 21:*, char 189:* }; default allow | OPEN",
                "deny if dev.type == block; deny if dev.type == char and dev.major != 90; default allow | OPEN",
                "deny if dev.type == block; deny if dev.type == char and dev.major != 248; default allow | OPEN",
                "deny if dev.type == block; deny if dev.type == char and dev.major != 511; default allow | OPEN",
                "allow r if dev in { char 90:0 }; default deny | ALLOWED",
                "allow r if dev in { char 248:0 }; default deny | ALLOWED",
                "allow if dev in { char 1:*, char 226:* }; default deny | CLOSED",
                "deny if dev.type == block; deny if " + EVERY + "; default allow | CLOSED",
                "default deny | CLOSED",
            })
    void characterDevicesOfDisksCount(String rules, Status expected) {
        assertThat(status(rules)).as(rules).isEqualTo(expected);
    }

    private static Status status(String rules) {
        String text = "policy disks\ndevices { " + rules + " }\n";
        return Compiler.compile(new SourceFile("disks.wall", text), Settings.DEFAULT)
                .compilation()
                .orElseThrow(() -> new AssertionError(rules))
                .coverage()
                .stream()
                .filter(reach -> reach.block().equals(Intent.DEVICES.text()))
                .flatMap(reach -> reach.bypasses().stream())
                .filter(bypass -> bypass.id().equals("other-number"))
                .findFirst()
                .orElseThrow()
                .status();
    }
}
