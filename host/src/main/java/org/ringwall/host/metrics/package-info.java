/**
 * Metrics of the policies in force, for scrapes by Prometheus.
 *
 * <p>Input: a host, and the address to listen on. Output: answers to HTTP requests, in OpenMetrics
 * or another text format. Only this package uses Netty and the Prometheus client library, which are
 * on the class path of {@code metrics} and {@code agent} alone.
 */
@NullMarked
package org.ringwall.host.metrics;

import org.jspecify.annotations.NullMarked;
