package org.ringwall.compiler.source;

/**
 * The catalogue of all diagnostics. A code never changes its number, and a number is never reused.
 * E01 syntax, E02 literals, E03 names, E04 types and fields, E05 structure, E06 targets, W07
 * warnings, E08 files.
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
    DEFAULT_WITH_GUARD("E0125", "a `default` with a guard or an access"),
    VERDICT_IN_EFFECTS("E0126", "a verdict among effects"),
    WHEN_WITHOUT_GUARD("E0127", "a `when` without a guard"),
    WHEN_WITHOUT_EFFECTS("E0128", "a `when` without effects"),
    EFFECT_WITHOUT_BRACES("E0129", "an effect without braces"),
    DOUBLE_EQUALS("E0130", "`==` where a value is assigned"),
    NO_EFFECTS("E0131", "braces without an effect"),

    // E02: literals
    BAD_ADDRESS("E0201", "an address that is not one"),
    OCTET_RANGE("E0202", "an octet above 255"),
    LEADING_ZERO("E0203", "a number that begins with a zero"),
    PREFIX_RANGE("E0204", "a prefix length beyond the address"),
    HOST_BITS("E0205", "a prefix with bits behind its length"),
    NUMBER_RANGE("E0206", "a number outside its range"),
    UPSIDE_DOWN("E0207", "a range upside down"),
    MIXED_RANGE("E0208", "a range whose ends do not fit together"),
    UNKNOWN_DEVICE("E0209", "a device path without a fixed number"),
    DYNAMIC_DEVICE("E0210", "a device whose number is given out at boot"),
    BAD_SYSCTL_NAME("E0211", "a sysctl that is not named by its path"),
    BAD_VERSION("E0212", "a kernel version that is not one"),
    BAD_STRING("E0213", "a string that the field never holds"),
    BAD_PACE("E0221", "a rate that no bucket has"),
    BAD_REASON("E0222", "a reason that is no line of text"),

    // E03: names
    UNKNOWN_NAME("E0301", "a name that nothing has"),
    DUPLICATE_NAME("E0302", "a name that is declared twice"),
    TAKEN_NAME("E0303", "a name that means something already"),
    SET_CYCLE("E0304", "a set that names itself"),
    PARAM_IN_SET("E0305", "a param in a declared set"),
    UNKNOWN_PARAM_TYPE("E0306", "a type that no param has"),
    OUTSIDE_PARAM("E0307", "a value outside the range of its param"),
    UNKNOWN_FIELD("E0308", "a field that no request has"),
    UNKNOWN_HOOK("E0309", "a hook that does not exist"),
    UNKNOWN_ERRNO("E0311", "an errno that does not exist"),
    LONG_NAME("E0312", "a policy name that is too long"),
    WRONG_KIND("E0331", "a name that stands for something else"),
    LIVE_IN_CONSTANT("E0332", "a live set where a constant one belongs"),
    UNKNOWN_LIVE_TYPE("E0333", "a type that no live set has"),
    UNKNOWN_UNIT("E0334", "a unit in which nothing is counted"),
    PREDICATE_CYCLE("E0341", "a predicate that asks itself"),
    PREDICATE_TOO_LARGE("E0342", "a predicate that asks too much"),

    // E04: types and fields
    FIELD_NOT_HERE("E0401", "a field that requests of this block do not have"),
    TYPE_MISMATCH("E0402", "a value of another type"),
    NOT_ORDERED("E0403", "an order where there is none"),
    BARE_FIELD("E0404", "a field that is no condition"),
    BOOLEAN_COMPARED("E0405", "a condition that is compared"),
    IN_SCALAR("E0406", "`in` with one value"),
    SET_COMPARED("E0407", "`==` with several values"),
    MIXED_SET("E0408", "a set of different things"),
    SET_TYPE("E0409", "a set of something else"),
    NO_STRING("E0410", "a pattern for what is no string"),
    NOT_ASSIGNABLE("E0421", "a field that cannot be assigned"),
    SEVERAL_ASSIGNED("E0422", "an effect with several values"),
    ADDRESS_FAMILY("E0423", "an address that the hook's family cannot carry"),
    REPLY_NOT_HERE("E0424", "a `reply` where nothing is asked"),
    ASSIGNED_AT_READS("E0425", "a value that is to be written by reads alone"),
    OPTION_NOT_HERE("E0426", "a `setsockopt` where no option is set"),
    UNSETTABLE_OPTION("E0427", "a socket option that a policy cannot set"),
    UNASSIGNABLE_VALUE("E0428", "a value that the kernel takes from no program"),
    KEY_FIELD("E0431", "a field that a key cannot hold"),
    KEY_TOO_LONG("E0432", "a key that is too long"),
    KEY_NOT_HERE("E0433", "a key with a field that requests of this block do not have"),
    LIVE_BEFORE_EXCEPT("E0434", "a live set to the left of `except`"),
    BAD_RANGE("E0435", "a `within` of nothing, or of two families"),
    OUTSIDE_RANGE("E0436", "what lies outside of its declared range"),
    OTHER_KEY("E0437", "another key than the declared one"),
    REDIRECT_NOT_HERE("E0438", "a `redirect` where nobody is led anywhere"),
    NOT_ANSWERED("E0439", "a socket option that no policy answers"),
    SEVERAL_IN_IP("E0440", "a prefix or a range in a live set of single addresses"),
    PREDICATE_AS_VALUE("E0441", "a predicate where a value belongs"),
    REPLACED_DESTINATION("E0442", "a destination that the kernel replaces by another address"),

    // E05: structure
    MISSING_DEFAULT("E0501", "a block without `default`"),
    TWO_DEFAULTS("E0502", "a block with two defaults"),
    RULE_AFTER_DEFAULT("E0503", "a rule behind `default`"),
    NO_BLOCKS("E0504", "a policy without blocks"),
    DUPLICATE_LABEL("E0505", "two blocks with one label"),
    ACCESS_NOT_HERE("E0506", "an access outside `devices`"),
    BAD_ACCESS("E0507", "letters that are no access"),
    TWO_REQUIRES("E0508", "two `requires`"),
    DUPLICATE_TEST("E0509", "two tests with one sentence"),
    DUPLICATE_BINDING("E0510", "a param with two values in one attempt"),
    SEVERAL("E0511", "an attempt on several things"),
    BAD_SOCKET("E0512", "a socket that the kernel does not ask about"),
    DUPLICATE_ATTRIBUTE("E0513", "a caller of whom one thing is said twice"),
    TWO_ANSWERS("E0514", "an option that is answered twice"),

    VERDICT_NOT_HERE("E0521", "a verdict where nothing can be denied"),
    EFFECT_OF_DENIAL("E0522", "an effect of a `deny`"),
    MODIFIER_NOT_HERE("E0523", "a modifier that this block's verdicts do not take"),
    EMPTY_BLOCK("E0524", "a block without rules"),
    NOTHING_TO_ANSWER("E0525", "an `answer` where no connection is led elsewhere"),
    ANSWER_IN_RULE("E0526", "an `answer` among the effects of a rule"),
    REDIRECT_CHANGED("E0527", "an `assign` that changes where a `redirect` leads"),
    DENY_WITHIN("E0531", "a `deny` with a rate"),
    TWICE_IN_A_RULE("E0532", "what a rule can have once"),
    REASON_ALONE("E0533", "a `when` that has a reason and does nothing"),
    COUNTER_COLUMNS("E0534", "a counter with too few, too many or equal columns"),
    KEYLESS_ROOM("E0535", "room for keys where there are none"),
    MISSING_ROOM("E0536", "keys without a number of them"),
    TOO_MANY_ENTRIES("E0537", "more than a live set or a table has room for"),

    // E06: targets
    ERRNO_TARGET("E0601", "an errno that a target cannot give"),
    REQUIRES_TARGET("E0602", "a target older than `requires`"),
    CODE_TOO_LARGE("E0603", "a program that is larger than the kernel takes"),
    NEWER_KERNEL("E0604", "what a target is too old for"),
    TOO_MANY_PATTERNS("E0605", "patterns that a program cannot hold together"),
    ERRNO_NEVER("E0606", "an errno where none can be chosen"),
    DATA_TOO_LARGE("E0607", "tables that a target's maps do not hold"),
    DIAGRAM_TOO_LARGE("E0608", "rules whose fields multiply to more than a program can hold"),
    TOO_MANY_MAPS("E0609", "more maps than a program can use"),
    MODIFIER_TARGET("E0611", "a modifier that a target does not know"),

    // W07: warnings
    UNREACHABLE_RULE("W0701", "a rule that never decides"),
    BIND_PORT_ZERO("W0702", "a `bind` that allows no port of the kernel's choice"),
    UNUSED_NAME("W0703", "a declaration that no rule uses"),
    DUPLICATE_ELEMENT("W0704", "an element that is listed twice"),
    EXCEPT_NOTHING("W0705", "an `except` that takes nothing out"),
    EMPTY_SET("W0706", "an empty set in a guard"),
    UNASKED_PROBE("W0707", "an attempt that no block is asked about"),
    ANY_ADDRESS("W0708", "an address that stands for this host"),
    STAR_COMPARED("W0709", "a `*` that is compared as it is"),
    EMPTY_TEST("W0710", "a test that tries nothing"),
    SILENCE_IN_VAIN("W0711", "a comment that accepts no warning"),
    REDIRECT_FAMILY("W0721", "a `redirect` that can only deny"),
    MONITOR_IN_VAIN("W0722", "a `monitor` of what tells nobody"),
    COUNTED_TWICE("W0723", "a counter or a rate that an open of a block device reaches twice"),
    CHOSEN_EXEMPTION("W0724", "an exemption from a `redirect` that a workload can choose"),
    CHOSEN_KEY("W0725", "a rate whose key the workload chooses"),

    // E08: files
    MISSING_FILE("E0801", "a file that is not there"),
    NOT_A_FILE("E0802", "a path that leads to no file"),
    NOT_TEXT("E0803", "a file that is not text in UTF-8"),
    FILE_TOO_LARGE("E0804", "a file that is too large"),
    LIST_ENTRY("E0805", "a line of a list that is no entry"),
    INCLUDE_CYCLE("E0806", "a file that includes itself"),
    NOT_INCLUDED("E0807", "what an included file cannot hold"),
    INCLUDE_DEPTH("E0808", "files that include one another too deep");

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
