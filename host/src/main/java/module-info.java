/** The command {@code ringwall} and the operations of a host. It has no supported interface. */
module org.ringwall.host {
    requires org.ringwall.bpf;
    requires org.ringwall.bundle;
    requires org.ringwall.loader;
    requires org.ringwall.machine;
    requires org.ringwall.sys;
    requires info.picocli;
    requires jdk.net;
    requires org.snakeyaml.engine;
    requires static org.jspecify;
    // Only for org.ringwall.host.metrics.
    requires static io.netty.buffer;
    requires static io.netty.codec;
    requires static io.netty.codec.http;
    requires static io.netty.common;
    requires static io.netty.transport;
    requires static io.prometheus.metrics.config;
    requires static io.prometheus.metrics.model;
    requires static io.prometheus.writer.text;
}
