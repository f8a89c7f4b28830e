/**
 * The loader of policy objects. Its supported interface is {@link org.ringwall.loader.api}; no
 * other package is exported.
 */
module org.ringwall.loader {
    requires org.ringwall.bpf;
    requires org.ringwall.bundle;
    requires org.ringwall.machine;
    requires org.ringwall.sys;
    requires info.picocli;
    requires jdk.net;
    requires org.snakeyaml.engine;
    requires static org.jspecify;
    // Only for org.ringwall.loader.metrics.
    requires static io.netty.buffer;
    requires static io.netty.codec;
    requires static io.netty.codec.http;
    requires static io.netty.common;
    requires static io.netty.transport;
    requires static io.prometheus.metrics.config;
    requires static io.prometheus.metrics.model;
    requires static io.prometheus.writer.text;

    exports org.ringwall.loader.api;
}
