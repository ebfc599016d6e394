// Helpers of all checks. Each file is one theme; init.c calls them all.
#pragma once

// Prints "ok …" or, with errno's meaning, "FAILED …".
void report(const char *what, int ok);
// Makes the folder, mounts on it, and reports.
int try_mount(const char *source, const char *target, const char *type, const char *options);
// Whether the beginning of a file has the word.
int contains(const char *path, const char *word);
int exists(const char *path);
int write_file(const char *path, const void *content, unsigned long length);

void check_filesystems(void);
void check_isolation(void);
void check_devices(void);
void check_programs(void);
void check_memory(void);
void check_monitoring(void);
void check_network(void);
void check_system_calls(void);
