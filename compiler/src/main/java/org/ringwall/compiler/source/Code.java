// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import org.ringwall.compiler.report.Diagnostic.Severity;

/**
 * The catalogue of all diagnostics. A code never changes its number, and a number is never reused.
 * E01 syntax, E02 literals, E03 names, E04 types and fields, E05 structure, E06 targets, W07
 * warnings, E08 files.
 */
public enum Code {
    // E01: syntax
    UNEXPECTED("E0101", "an unexpected word or symbol"),
    UNKNOWN_WORD("E0102", "an unknown word at the start of a declaration, rule or attempt"),
    RESERVED_WORD("E0103", "a feature that this version does not support"),
    UNCLOSED_BRACKET("E0104", "an unclosed bracket"),
    STRAY_BRACKET("E0105", "a closing bracket without an opening one"),
    MISSING_POLICY_NAME("E0106", "a missing policy name"),
    FOREIGN_VERB("E0107", "a verdict word of another tool"),
    FOREIGN_OPERATOR("E0108", "an operator of another language"),
    SINGLE_EQUALS("E0109", "`=` in a comparison"),
    FOREIGN_COMMENT("E0110", "a comment that does not start with `//`"),
    UNQUOTED_PATH("E0111", "an unquoted path"),
    UNCLOSED_STRING("E0112", "an unclosed string"),
    BAD_ESCAPE("E0113", "an unknown escape in a string"),
    HOST_NAME("E0114", "a host name in place of an address"),
    BAD_CHARACTER("E0115", "an invalid character"),
    TOO_DEEP("E0116", "brackets nested too deeply"),
    NOT_A_CONSTANT("E0117", "a field in place of a constant"),
    MISSING_BRACKETS("E0118", "an IPv6 address with a port but without brackets"),
    MISSING_COMMA("E0119", "a missing comma between two elements"),
    TWO_RULES_ON_A_LINE("E0120", "two statements on one line"),
    BAD_NAME("E0121", "an invalid name"),
    BAD_NUMBER("E0122", "an invalid number"),
    BAD_PROBE("E0123", "an attempt that a test cannot make"),
    MISSING_DEFAULT_VERDICT("E0124", "a `default` without a verdict"),
    DEFAULT_WITH_GUARD("E0125", "a `default` with a guard or an access"),
    VERDICT_IN_EFFECTS("E0126", "a verdict among effects"),
    WHEN_WITHOUT_GUARD("E0127", "a `when` without a guard"),
    WHEN_WITHOUT_EFFECTS("E0128", "a `when` without effects"),
    EFFECT_WITHOUT_BRACES("E0129", "an effect without braces"),
    DOUBLE_EQUALS("E0130", "`==` in an assignment"),
    NO_EFFECTS("E0131", "braces without an effect"),

    // E02: literals
    BAD_ADDRESS("E0201", "an invalid address"),
    OCTET_RANGE("E0202", "an octet above 255"),
    LEADING_ZERO("E0203", "a number with a leading zero"),
    PREFIX_RANGE("E0204", "a prefix length that exceeds the address"),
    HOST_BITS("E0205", "a prefix with host bits set"),
    NUMBER_RANGE("E0206", "a number out of range"),
    UPSIDE_DOWN("E0207", "a reversed range"),
    MIXED_RANGE("E0208", "a range with ends of different kinds"),
    UNKNOWN_DEVICE("E0209", "a device path without a fixed number"),
    DYNAMIC_DEVICE("E0210", "a device whose number is assigned dynamically"),
    BAD_SYSCTL_NAME("E0211", "a sysctl that is not written as its path"),
    BAD_VERSION("E0212", "an invalid kernel version"),
    BAD_STRING("E0213", "a string that the field never holds"),
    UNSEEN_SYSCTL("E0214", "a test of a sysctl that invokes no hook"),
    BAD_PACE("E0221", "an invalid rate"),
    BAD_REASON("E0222", "an invalid reason"),
    BAD_RING_SIZE("E0223", "an invalid size of the ring"),

    // E03: names
    UNKNOWN_NAME("E0301", "an unknown name"),
    DUPLICATE_NAME("E0302", "a duplicate declaration"),
    TAKEN_NAME("E0303", "a name that the language already uses"),
    SET_CYCLE("E0304", "a set that contains itself"),
    PARAM_IN_SET("E0305", "a param in a declared set"),
    UNKNOWN_PARAM_TYPE("E0306", "an unknown type of a param"),
    OUTSIDE_PARAM("E0307", "a value outside the range of its param"),
    UNKNOWN_FIELD("E0308", "an unknown field"),
    UNKNOWN_HOOK("E0309", "an unknown hook"),
    UNKNOWN_ERRNO("E0311", "an unknown errno"),
    LONG_NAME("E0312", "a policy name that is too long"),
    WRONG_KIND("E0331", "a name of another kind of declaration"),
    LIVE_IN_CONSTANT("E0332", "a live set in place of a constant"),
    UNKNOWN_LIVE_TYPE("E0333", "an unknown type of a live set"),
    UNKNOWN_UNIT("E0334", "an unknown unit of a counter"),
    PREDICATE_CYCLE("E0341", "a predicate that refers to itself"),
    PREDICATE_TOO_LARGE("E0342", "a predicate that is too large"),

    // E04: types and fields
    FIELD_NOT_HERE("E0401", "a field that is not available in this block"),
    TYPE_MISMATCH("E0402", "a value of the wrong type"),
    NOT_ORDERED("E0403", "an order comparison of an unordered field"),
    BARE_FIELD("E0404", "a field that is not a condition"),
    BOOLEAN_COMPARED("E0405", "a comparison of a condition"),
    IN_SCALAR("E0406", "`in` with a single value"),
    SET_COMPARED("E0407", "`==` with several values"),
    MIXED_SET("E0408", "a set with elements of different types"),
    SET_TYPE("E0409", "a set of the wrong type"),
    NO_STRING("E0410", "a string pattern for a field that is not a string"),
    NOT_ASSIGNABLE("E0421", "a field that cannot be assigned"),
    SEVERAL_ASSIGNED("E0422", "several values where one is required"),
    ADDRESS_FAMILY("E0423", "an address of the wrong family"),
    REPLY_NOT_HERE("E0424", "a `reply` at a hook without one"),
    ASSIGNED_AT_READS("E0425", "a `new_value` assigned to a read"),
    OPTION_NOT_HERE("E0426", "a `setsockopt` at a hook that cannot set options"),
    UNSETTABLE_OPTION("E0427", "a socket option that a policy cannot set"),
    UNASSIGNABLE_VALUE("E0428", "a value that the kernel does not accept from a program"),
    COUNTED_AT_CLOSE("E0429", "a unit of closed connections in a rule that is not about them"),
    KEY_FIELD("E0431", "a field that cannot be part of a key"),
    KEY_TOO_LONG("E0432", "a key that is too long"),
    KEY_NOT_HERE("E0433", "a key with a field that is not available in this block"),
    LIVE_BEFORE_EXCEPT("E0434", "a live set to the left of `except`"),
    BAD_RANGE("E0435", "an invalid `within` range"),
    OUTSIDE_RANGE("E0436", "a value outside the declared range"),
    OTHER_KEY("E0437", "a key that differs from the declared one"),
    REDIRECT_NOT_HERE("E0438", "a `redirect` where requests have no destination"),
    NOT_ANSWERED("E0439", "a socket option that a policy cannot answer"),
    SEVERAL_IN_IP("E0440", "a prefix or a range in a live set of single addresses"),
    PREDICATE_AS_VALUE("E0441", "a predicate in place of a value"),
    REPLACED_DESTINATION("E0442", "a destination that the kernel replaces by another address"),

    // E05: structure
    MISSING_DEFAULT("E0501", "a block without `default`"),
    TWO_DEFAULTS("E0502", "a block with two defaults"),
    RULE_AFTER_DEFAULT("E0503", "a rule after `default`"),
    NO_BLOCKS("E0504", "a policy without blocks"),
    DUPLICATE_LABEL("E0505", "two blocks with the same label"),
    ACCESS_NOT_HERE("E0506", "an access outside `devices`"),
    BAD_ACCESS("E0507", "an invalid access"),
    TWO_REQUIRES("E0508", "two `requires` declarations"),
    DUPLICATE_TEST("E0509", "two tests with the same name"),
    DUPLICATE_BINDING("E0510", "two values for one name in an attempt"),
    SEVERAL("E0511", "an attempt with several targets"),
    BAD_SOCKET("E0512", "a socket for which the kernel invokes no program"),
    DUPLICATE_ATTRIBUTE("E0513", "an attribute of a caller that is given twice"),
    TWO_ANSWERS("E0514", "an option answered twice"),
    TWO_RINGS("E0515", "two sizes of the ring"),

    VERDICT_NOT_HERE("E0521", "a verdict at a hook that cannot deny"),
    EFFECT_OF_DENIAL("E0522", "an effect on a denied request"),
    MODIFIER_NOT_HERE("E0523", "a modifier that this block does not support"),
    EMPTY_BLOCK("E0524", "a block without rules"),
    NOTHING_TO_ANSWER("E0525", "an `answer` without a `redirect`"),
    ANSWER_IN_RULE("E0526", "an `answer` among the effects of a rule"),
    REDIRECT_CHANGED("E0527", "an `assign` that changes a redirected destination"),
    DENY_WITHIN("E0531", "a `deny` with a rate"),
    TWICE_IN_A_RULE("E0532", "a duplicate effect or reason in a rule"),
    REASON_ALONE("E0533", "a reason without effect"),
    COUNTER_COLUMNS("E0534", "invalid columns of a counter"),
    KEYLESS_ROOM("E0535", "`max` or `lru` without a key"),
    MISSING_ROOM("E0536", "a key without `max`"),
    TOO_MANY_ENTRIES("E0537", "more entries than a live set or a table can hold"),

    // E06: targets
    ERRNO_TARGET("E0601", "an errno that a target does not support"),
    REQUIRES_TARGET("E0602", "a target older than `requires`"),
    CODE_TOO_LARGE("E0603", "a program that is too large for the kernel"),
    NEWER_KERNEL("E0604", "a feature that a target does not support"),
    TOO_MANY_PATTERNS("E0605", "too many patterns for one program"),
    ERRNO_NEVER("E0606", "an errno at a hook that cannot return one"),
    DATA_TOO_LARGE("E0607", "tables that are too large for a target's maps"),
    DIAGRAM_TOO_LARGE("E0608", "rules that combine too many ranges of several fields"),
    TOO_MANY_MAPS("E0609", "more maps than a program can use"),
    MODIFIER_TARGET("E0611", "a modifier that a target does not support"),

    // W07: warnings
    UNREACHABLE_RULE("W0701", "an unreachable rule"),
    BIND_PORT_ZERO("W0702", "a `bind` block that never allows port 0"),
    UNUSED_NAME("W0703", "an unused declaration"),
    DUPLICATE_ELEMENT("W0704", "a duplicate element"),
    EXCEPT_NOTHING("W0705", "an `except` that removes nothing"),
    EMPTY_SET("W0706", "an empty set in a guard"),
    UNASKED_PROBE("W0707", "an attempt that no block covers"),
    ANY_ADDRESS("W0708", "an address that a policy never sees"),
    STAR_COMPARED("W0709", "a `*` in a comparison"),
    EMPTY_TEST("W0710", "a test without attempts"),
    SILENCE_IN_VAIN("W0711", "a comment that silences no warning"),
    UNSEEN_NAME("W0712", "a sysctl that invokes no hook"),
    NUMBER_AS_TEXT("W0713", "a number that is compared as text"),
    REDIRECT_FAMILY("W0721", "a `redirect` that can only deny"),
    MONITOR_IN_VAIN("W0722", "a `monitor` without a record"),
    COUNTED_TWICE("W0723", "a counter or a rate that counts an open of a block device twice"),
    CHOSEN_EXEMPTION("W0724", "an exemption from a `redirect` that a workload can choose"),
    CHOSEN_KEY("W0725", "a rate whose key the workload chooses"),
    OPTION_TWIN("W0726", "a denied socket option with an alternative that is allowed"),
    PATH_DENIED("W0728", "a Unix socket that is denied by a path"),

    // E08: files
    MISSING_FILE("E0801", "a missing file"),
    NOT_A_FILE("E0802", "a path that is not a file"),
    NOT_TEXT("E0803", "a file that is not text in UTF-8"),
    FILE_TOO_LARGE("E0804", "a file that is too large"),
    LIST_ENTRY("E0805", "an invalid line of a list"),
    INCLUDE_CYCLE("E0806", "a file that includes itself"),
    NOT_INCLUDED("E0807", "a declaration that an included file cannot contain"),
    INCLUDE_DEPTH("E0808", "includes nested too deeply");

    private final String id;
    private final String title;

    Code(String id, String title) {
        this.id = id;
        this.title = title;
    }

    /** Returns the printed form, such as `E0101` or `W0701`. */
    public String id() {
        return id;
    }

    /** Returns the subject of the code, in one line for the catalogue. */
    public String title() {
        return title;
    }

    /** Returns the severity: the codes of warnings begin with `W`. */
    public Severity severity() {
        return id.charAt(0) == 'W' ? Severity.WARNING : Severity.ERROR;
    }
}
