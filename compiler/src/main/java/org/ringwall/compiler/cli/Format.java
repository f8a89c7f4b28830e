// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

/** The format of diagnostics. */
enum Format {
    /** Text for people. */
    TEXT,
    /** JSON as in {@link DiagnosticsJson}. */
    JSON,
    /** SARIF 2.1.0 of OASIS, which GitHub and GitLab show next to the lines of a change. */
    SARIF
}
