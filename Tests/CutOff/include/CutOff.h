#ifndef CUT_OFF_H
#define CUT_OFF_H

/// Ends the process by SIGKILL when it is about to make its `call`-th call, counted from 1, that changes a file system.
/// Half of what that call was to write is written.
///
/// The calls of the C library are defined anew for the program that this is linked into, and count.
void cut_off_at(long call);

#endif
