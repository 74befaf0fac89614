/* The formats of `thaw export`, for the manual. */
#ifndef THAW_MAIN_THAW_EXPORT_H
#define THAW_MAIN_THAW_EXPORT_H

void man_export(void);

#endif
