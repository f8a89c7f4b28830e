package org.ringwall.machine;

/**
 * A map of socket storage as programs see it: one value for each socket, of which a run knows one
 * ({@link Environment#stored()}).
 */
public record SocketStorage(String name, int valueSize) implements Symbol {
    public SocketStorage {
        if (name.isEmpty() || valueSize <= 0) {
            throw new IllegalArgumentException("storage `" + name + "` of " + valueSize + " bytes");
        }
    }
}
