// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.ringwall.loader.bpf.Bpf;

/**
 * The time that the kernel takes to load programs, measured at the loader's interface to bpf(2).
 */
final class LoadClock {
    private static final String LOAD = "progLoad";

    private long nanoseconds;

    /** Returns a proxy of `bpf` whose program loads are timed. */
    Bpf watching(Bpf bpf) {
        Class<?>[] types = {Bpf.class};
        return (Bpf) Proxy.newProxyInstance(Bpf.class.getClassLoader(), types, (proxy, method, args) -> {
            long start = System.nanoTime();
            try {
                return method.invoke(bpf, args);
            } catch (InvocationTargetException e) {
                throw e.getTargetException();
            } finally {
                nanoseconds += method.getName().equals(LOAD) ? System.nanoTime() - start : 0;
            }
        });
    }

    /** Returns the milliseconds since the previous call. */
    double milliseconds() {
        double took = nanoseconds / 1e6;
        nanoseconds = 0;
        return took;
    }
}
