// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.util.Optional;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.settings.Server;
import org.apache.maven.settings.Settings;
import org.apache.maven.settings.building.SettingsProblem;
import org.apache.maven.settings.crypto.DefaultSettingsDecryptionRequest;
import org.apache.maven.settings.crypto.SettingsDecrypter;
import org.apache.maven.settings.crypto.SettingsDecryptionResult;
import org.jspecify.annotations.Nullable;

/**
 * The source of the passphrase of a private key: a server of settings.xml, else the environment.
 * There is no parameter for it, since command lines and poms can be read by others.
 */
@FunctionalInterface
interface Passphrase {
    /** The environment variable. */
    String VARIABLE = "RINGWALL_PASSPHRASE";

    /** Returns the passphrase; empty if there is none. */
    Optional<char[]> get() throws MojoFailureException;

    /**
     * Returns the source.
     *
     * @param server the id of the server; null or blank for the environment
     * @param decrypter decrypts what settings.xml has encrypted; null if nothing is
     */
    static Passphrase of(@Nullable String server, Settings settings, @Nullable SettingsDecrypter decrypter) {
        return server == null || server.isBlank()
                ? () -> Optional.ofNullable(System.getenv(VARIABLE)).map(String::toCharArray)
                : () -> ofServer(server, settings, decrypter);
    }

    private static Optional<char[]> ofServer(String id, Settings settings, @Nullable SettingsDecrypter decrypter)
            throws MojoFailureException {
        Server server = settings.getServer(id);
        if (server == null) {
            throw new MojoFailureException(
                    "settings.xml has no server `" + id + "`, which signingServer names; add it, with a passphrase");
        }
        if (decrypter != null) {
            SettingsDecryptionResult result = decrypter.decrypt(new DefaultSettingsDecryptionRequest(server));
            for (SettingsProblem problem : result.getProblems()) {
                if (problem.getSeverity() != SettingsProblem.Severity.WARNING) {
                    throw new MojoFailureException("cannot decrypt the passphrase of the server `" + id
                            + "` of settings.xml, which was encrypted with another master password or for another Maven;"
                            + " encrypt it again with mvn --encrypt-password, or mvnenc of Maven 4: "
                            + problem.getMessage());
                }
            }
            server = result.getServer();
        }
        return Optional.ofNullable(server.getPassphrase()).map(String::toCharArray);
    }
}
