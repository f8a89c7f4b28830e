/** Bundles of policies: their format, the only code that reads and writes it, and signatures. */
module org.ringwall.bundle {
    requires org.ringwall.bpf;
    requires static org.jspecify;

    exports org.ringwall.bundle to
            org.ringwall.compiler,
            org.ringwall.host,
            org.ringwall.loader,
            org.ringwall.registry;
    exports org.ringwall.bundle.attest to
            org.ringwall.compiler,
            org.ringwall.host;
    exports org.ringwall.bundle.sign to
            org.ringwall.compiler,
            org.ringwall.host,
            org.ringwall.loader,
            org.ringwall.registry;
}
