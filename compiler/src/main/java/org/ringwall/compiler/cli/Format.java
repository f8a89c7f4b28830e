package org.ringwall.compiler.cli;

/** How diagnostics are written. */
enum Format {
    /** For people. */
    TEXT,
    /** See {@link DiagnosticsJson}. */
    JSON,
    /** SARIF 2.1.0 of OASIS, which GitHub and GitLab show beside the lines of a change. */
    SARIF
}
