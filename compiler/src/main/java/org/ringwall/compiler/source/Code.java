package org.ringwall.compiler.source;

/**
 * The catalogue of everything the compiler says. A code never changes its number, and a number is never used again.
 * E01 syntax, E02 literals, E03 names, E04 types and fields, E05 structure, E06 targets, W07 warnings.
 */
public enum Code {
    // E01: syntax
    UNEXPECTED("E0101", "something else belongs here"),
    UNKNOWN_WORD("E0102", "a word that begins nothing"),
    RESERVED_WORD("E0103", "a form that this version does not have"),
    UNCLOSED_BRACKET("E0104", "a bracket that is not closed"),
    STRAY_BRACKET("E0105", "a bracket that closes nothing"),
    MISSING_POLICY_NAME("E0106", "a file that does not begin with its policy's name"),
    FOREIGN_VERB("E0107", "a verb of another tool"),
    FOREIGN_OPERATOR("E0108", "an operator of another language"),
    SINGLE_EQUALS("E0109", "`=` where two values are compared"),
    FOREIGN_COMMENT("E0110", "a comment that does not begin with `//`"),
    UNQUOTED_PATH("E0111", "a path without quotes"),
    UNCLOSED_STRING("E0112", "a string that is not closed"),
    BAD_ESCAPE("E0113", "an escape that strings do not have"),
    HOST_NAME("E0114", "a host name where an address belongs"),
    BAD_CHARACTER("E0115", "a character that has no meaning"),
    TOO_DEEP("E0116", "brackets nested too deep"),
    NOT_A_CONSTANT("E0117", "a field where a constant belongs"),
    MISSING_BRACKETS("E0118", "an IPv6 address with a port and without brackets"),
    MISSING_COMMA("E0119", "two elements without a comma"),
    TWO_RULES_ON_A_LINE("E0120", "two rules without a line end between them"),
    BAD_NAME("E0121", "a name that is not one word"),
    BAD_NUMBER("E0122", "a number that is not written as one"),
    BAD_PROBE("E0123", "an attempt that a test cannot make"),
    MISSING_DEFAULT_VERDICT("E0124", "a `default` without a verdict"),
    DEFAULT_WITH_GUARD("E0125", "a `default` with a guard or an access");

    private final String id;
    private final String title;

    Code(String id, String title) {
        this.id = id;
        this.title = title;
    }

    /** What is printed: `E0101`, `W0701`. */
    public String id() {
        return id;
    }

    /** What the code is about, in one line for the catalogue. */
    public String title() {
        return title;
    }

    /** Warnings begin with `W`. */
    public Severity severity() {
        return id.charAt(0) == 'W' ? Severity.WARNING : Severity.ERROR;
    }
}
