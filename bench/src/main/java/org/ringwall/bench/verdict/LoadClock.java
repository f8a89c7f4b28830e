package org.ringwall.bench.verdict;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.ringwall.loader.bpf.Bpf;

/** How long the kernel takes to load programs, however the loader comes to load them. */
final class LoadClock {
    private static final String LOAD = "progLoad";

    private long nanoseconds;

    /** The same as `bpf`, with its loads timed here. */
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

    /** In milliseconds, since the last time it was asked. */
    double milliseconds() {
        double took = nanoseconds / 1e6;
        nanoseconds = 0;
        return took;
    }
}
