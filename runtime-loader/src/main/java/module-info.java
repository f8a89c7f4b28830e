/**
 * The loader of policy objects. Its supported interface is {@link org.ringwall.loader.api}; the
 * other packages are exported to the command {@code ringwall} alone.
 */
module org.ringwall.loader {
    requires transitive org.ringwall.bpf;
    requires org.ringwall.bundle;
    requires org.ringwall.sys;
    requires static org.jspecify;

    exports org.ringwall.loader.api;
    exports org.ringwall.loader.model;
    exports org.ringwall.loader.apply to
            org.ringwall.host;
    exports org.ringwall.loader.host to
            org.ringwall.host;
    exports org.ringwall.loader.instance to
            org.ringwall.host;
    exports org.ringwall.loader.object to
            org.ringwall.host;
    exports org.ringwall.loader.trust to
            org.ringwall.host;
}
