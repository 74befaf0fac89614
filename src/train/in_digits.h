/* Numbers in the digits that matter: logs stay small. */
#ifndef THAW_TRAIN_IN_DIGITS_H
#define THAW_TRAIN_IN_DIGITS_H

/* The number with so many significant digits that is next to v. */
double in_digits(double v, int n_digits);
double in_short(double v); /* with as many as a screen can show */
double in_loss(double v);  /* of an iteration's loss, reckoned in floats */
double in_rate(double v);  /* of a learning rate */
double in_share(double v); /* of a probability: to a hundredth of a per cent, tiny ones to a tenth */

#endif
