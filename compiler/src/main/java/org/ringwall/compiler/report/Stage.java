// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.report;

/** A form that a policy has during its compilation. */
public enum Stage {
    /** The parsed text. */
    AST,
    /** The policy with all names resolved. */
    POLICY,
    /** The decision diagram of each hook. */
    DIAGRAM,
    /** The code after all passes. */
    IR,
    /** The implementation of each switch, with its cost. */
    FORMS,
    /** The instructions of each program. */
    BPF,
    /** The status of each bypass. */
    COVERAGE
}
