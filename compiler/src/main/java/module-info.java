/**
 * The compiler of policies. Its supported interface is {@link org.ringwall.compiler.api}, with
 * the records of {@link org.ringwall.compiler.report}; no other package is exported to all.
 */
module org.ringwall.compiler {
    requires org.ringwall.bpf;
    requires org.ringwall.bundle;
    requires org.ringwall.grammar;
    requires org.ringwall.machine;
    requires info.picocli;
    requires static org.jspecify;

    exports org.ringwall.compiler.api;
    exports org.ringwall.compiler.report;
    exports org.ringwall.compiler.cli to
            org.ringwall.registry;
    exports org.ringwall.compiler.files to
            org.ringwall.registry;

    uses org.ringwall.compiler.cli.RegistryCommands;

    opens org.ringwall.compiler.cli to
            info.picocli;
}
